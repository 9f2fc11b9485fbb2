// What the page knows, and what of it is to be seen.

const data = JSON.parse(byId("data").textContent);
const nodes = new Map(data.nodes.map((node) => [node.id, node]));
const edges = new Map(data.edges.map((edge) => [edge.id, edge]));
const pieces = new Map(data.pieces.map((piece) => [piece.id, piece]));
const kinds = new Map(data.kinds.map((kind) => [kind.id, kind]));
const byAddress = new Map(data.nodes.filter((n) => n.iri).map((n) => [n.iri, n.id]));
const linked = new Map(data.nodes.map((node) => [node.id, []]));
for (const edge of data.edges) {
  linked.get(edge.from).push(edge);
  if (edge.to !== edge.from) linked.get(edge.to).push(edge);
}

const state = {
  theme: document.documentElement.dataset.theme,
  chosen: null, // the id of the thing or cell whose facts are shown
  cursor: null, // the id of the thing or cell that the keyboard is at
  words: "",
  found: [],
  expanded: new Set(),
  withoutKinds: new Set(),
  withoutRelations: new Set(),
};

const hasCells = data.pieces.some((piece) => piece.edges);
const otherEnd = (edge, id) => (edge.from === id ? edge.to : edge.from);
const kindName = (node) => (kinds.get(node.kind) || { label: node.kind }).label;
const theme = () => data.themes[state.theme];

/** Returns the things that only an expanded neighbour brings in. */
function hiddenNeighbours(id) {
  const ends = linked.get(id).filter((edge) => edge.hidden).map((edge) => otherEnd(edge, id));
  return [...new Set(ends)].filter((end) => nodes.get(end).hidden);
}

function isBroughtIn(node) {
  if (!node.hidden) return true;
  return linked.get(node.id).some((edge) => state.expanded.has(otherEnd(edge, node.id)));
}

function isSeen(node) {
  return isBroughtIn(node) && !state.withoutKinds.has(node.kind);
}

function isEdgeSeen(edge) {
  if (state.withoutRelations.has(edge.relation)) return false;
  if (![edge.from, edge.to].every((end) => isSeen(nodes.get(end)))) return false;
  return data.hasLines || edge.hidden || (!hasCells && [edge.from, edge.to].includes(state.chosen));
}

function isPieceSeen(piece) {
  if (!piece.edges) return true;
  if (!piece.ends.every((end) => isSeen(nodes.get(end)))) return false;
  return piece.edges.some((id) => !state.withoutRelations.has(edges.get(id).relation));
}

/** Returns the relations of a thing that are not filtered out, however they are drawn. */
function relationsOf(id) {
  return linked.get(id).filter((edge) => !state.withoutRelations.has(edge.relation)
    && isSeen(nodes.get(otherEnd(edge, id))));
}

/** Returns the things that a search finds, best first: names that begin so, then the others. */
function search(words) {
  const wanted = words.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return [];
  const texts = (node) => [node.label, node.key, kindName(node), node.small];
  const hits = data.nodes.filter((node) => {
    const text = texts(node).join(" ").toLocaleLowerCase();
    return isSeen(node) && wanted.every((word) => text.includes(word));
  });
  const begins = (node) => (node.label.toLocaleLowerCase().startsWith(wanted[0]) ? 0 : 1);
  return hits.sort((a, b) => begins(a) - begins(b)).map((node) => node.id);
}
