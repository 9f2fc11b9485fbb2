// The panel: a list of everything as text, or the facts of what is chosen.

const panel = byId("panel");
const sourceNames = (numbers) => numbers.map((number) => data.sources[number]);

function showPanel() {
  const piece = pieces.get(state.chosen);
  const node = nodes.get(state.chosen);
  panel.replaceChildren(...(piece ? cellFacts(piece) : node ? nodeFacts(node) : list()));
  panel.scrollTop = 0;
}

/** Returns a list of sources in small print. */
function sources(numbers) {
  if (!numbers.length) return null;
  return element("span", { class: "source", dir: "auto" }, sourceNames(numbers).join("; "));
}

const goTo = (id) => button(nodes.get(id).label, () => choose(id, true), { class: "go", dir: "auto" });

// Everything

function list() {
  const seen = data.nodes.filter(isSeen);
  const parts = [element("h2", {}, "Everything in this picture")];
  for (const kind of data.kinds) {
    const members = seen.filter((node) => node.kind === kind.id);
    if (!members.length) continue;
    members.sort((a, b) => a.label.localeCompare(b.label, "en"));
    parts.push(
      element("h3", {}, swatch(data.looks[kind.look]), kind.label,
        element("span", { class: "count" }, String(members.length))),
      element("ul", { class: "things" }, ...members.map((node) => element("li", {}, goTo(node.id)))),
    );
  }
  parts.push(relationsAsText(), sourcesAsText());
  return parts;
}

function relationsAsText() {
  const seen = data.edges.filter((edge) => !state.withoutRelations.has(edge.relation)
    && [edge.from, edge.to].every((end) => isSeen(nodes.get(end))));
  const lines = element("ul", { class: "relations" });
  const whole = element("details", { id: "as-text" },
    element("summary", {}, `${plural(seen.length, "relation")} as text`), lines);
  whole.addEventListener("toggle", () => {
    if (!lines.childElementCount) lines.append(...seen.map(sentence));
  });
  return whole;
}

function sentence(edge) {
  const label = edge.label || data.relations[edge.relation].label;
  return element("li", {}, goTo(edge.from), element("span", { dir: "auto" }, ` ${label} `),
    goTo(edge.to), edge.conflict ? conflictMark() : null, sources(edge.sources));
}

function sourcesAsText() {
  const all = data.allSources;
  return element("details", {}, element("summary", {}, plural(all.length, "source")),
    element("ul", { class: "relations" },
      ...all.map((source) => element("li", { dir: "auto" }, source))));
}

const conflictMark = () => element("strong", { class: "conflict" }, " conflict");

// One thing

function nodeFacts(node) {
  const parts = [back(), element("h2", { tabindex: -1, id: "chosen", dir: "auto" }, node.label)];
  const what = [kindName(node), node.small].filter(Boolean).join(" · ");
  parts.push(element("p", { class: "what" }, swatch(data.looks[node.look]), what));
  if (node.conflict) parts.push(element("p", {}, conflictMark()));
  parts.push(element("p", { class: "id" }, linkTo(node.iri, node.iri || node.key)));
  parts.push(...expander(node), ...relations(node), ...facts(node));
  return parts;
}

const back = () => button("← Everything", () => {
  choose(null);
  byId("picture").focus();
}, { class: "back" });

function expander(node) {
  const more = data.leftOut[node.id];
  const count = hiddenNeighbours(node.id).length;
  const isOpen = state.expanded.has(node.id);
  const parts = [];
  if (count) {
    const words = isOpen ? "Hide its further neighbours"
      : `Show ${plural(count, "further neighbour")}`;
    parts.push(button(words, () => toggleNeighbours(node.id),
      { id: "expand", "aria-expanded": String(isOpen), "aria-keyshortcuts": "e" }));
  }
  if (more) {
    parts.push(element("p", { class: "note" },
      `${plural(more, "more neighbour is", "more neighbours are")} not in this file: `,
      element("code", {}, `openness draw neighbourhood ${node.key}`)));
  }
  return parts;
}

function relations(node) {
  const seen = relationsOf(node.id);
  if (!seen.length) return [];
  const lines = seen.map((edge) => {
    const label = edge.label || data.relations[edge.relation].label;
    const arrow = edge.from === node.id ? `${label} →` : `← ${label}`;
    return element("li", {}, element("span", { class: "relation", dir: "auto" }, `${arrow} `),
      goTo(otherEnd(edge, node.id)), edge.conflict ? conflictMark() : null, sources(edge.sources));
  });
  return [element("h3", {}, "In this picture"), element("ul", { class: "relations" }, ...lines)];
}

/** Returns the facts, each property named once, and a source once for all that it says in a row. */
function facts(node) {
  const known = data.facts[node.id];
  if (!known || !known.length) {
    const command = element("code", {}, `openness show ${node.key}`);
    return [element("p", { class: "note" }, "Its facts are not in this file: ", command)];
  }
  const rows = element("dl", { id: "facts" });
  let last = "";
  known.forEach((fact, number) => {
    const [isOf, property, value, address, from] = fact;
    const name = isOf ? property : `← ${property}`;
    if (name !== last) rows.append(element("dt", { dir: "auto" }, name));
    last = name;
    const next = known[number + 1];
    const again = next && next[0] === isOf && next[1] === property && String(next[4]) === String(from);
    rows.append(element("dd", {}, valueOf(value, address), again ? null : sources(from)));
  });
  const parts = [element("h3", {}, "Facts"), rows];
  if (data.moreFacts.includes(node.id)) {
    const command = element("code", {}, `openness show ${node.key}`);
    parts.push(element("p", { class: "note" }, "There are more: ", command));
  }
  return parts;
}

function valueOf(value, address) {
  const id = byAddress.get(address);
  return id && isSeen(nodes.get(id)) ? goTo(id) : linkTo(address, value);
}

// One cell of a matrix

function cellFacts(piece) {
  const [row, column] = piece.ends;
  return [
    back(),
    element("h2", { tabindex: -1, id: "chosen", dir: "auto" },
      `${nodes.get(row).label} · ${nodes.get(column).label}`),
    element("ul", { class: "relations" }, ...piece.edges.map((id) => sentence(edges.get(id)))),
  ];
}
