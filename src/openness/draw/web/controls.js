// Search, filters, buttons and keys.

const say = (text) => { byId("status").textContent = text; };

function overview() {
  const things = data.nodes.filter(isSeen).length;
  const lines = data.edges.filter((edge) => !state.withoutRelations.has(edge.relation)
    && [edge.from, edge.to].every((end) => isSeen(nodes.get(end)))).length;
  return `${plural(things, "thing")}, ${plural(lines, "relation")}`;
}

/** Says a thing as a screen reader needs it: name, kind, how many relations. */
function spoken(id) {
  const piece = pieces.get(id);
  if (piece) {
    const names = piece.ends.map((end) => nodes.get(end).label);
    return `${names.join(", ")}: ${piece.text.replace(/\n/g, " ")}`;
  }
  const node = nodes.get(id);
  const count = hiddenNeighbours(id).length;
  const parts = [node.label, kindName(node), plural(relationsOf(id).length, "relation")];
  if (count && !state.expanded.has(id)) parts.push(plural(count, "further neighbour"));
  return parts.join(", ");
}

/** Chooses a thing or a cell, or nothing, and shows its facts; what was pointed at stays there. */
function choose(id, withFocus = false, isPointed = false) {
  state.chosen = id;
  if (id) state.cursor = id;
  refresh();
  showPanel();
  say(id ? spoken(id) : overview());
  if (!id) return;
  if (!isPointed) bringIntoView(id);
  if (withFocus) byId("chosen").focus();
}

function toggleNeighbours(id) {
  if (!nodes.has(id) || !hiddenNeighbours(id).length) return;
  const hadFocus = document.activeElement && document.activeElement.id === "expand";
  const count = expand(id);
  fillFilters();
  showPanel();
  if (hadFocus && byId("expand")) byId("expand").focus();
  say(state.expanded.has(id) ? `${plural(count, "thing")} more` : overview());
}

// Search

function searchFor(words) {
  state.words = words.trim();
  state.found = search(words);
  refresh();
  byId("found").textContent = state.words ? `${state.found.length} found` : "";
  if (state.found.length) fit(cy.collection(state.found.map((id) => cy.getElementById(id))), 1.1);
}

function nextFound(step) {
  if (!state.found.length) return;
  const at = state.found.indexOf(state.chosen);
  const next = at < 0 ? 0 : (at + step + state.found.length) % state.found.length;
  choose(state.found[next]);
  byId("found").textContent = `${next + 1} of ${state.found.length}`;
}

function listenToSearch() {
  const field = byId("words");
  field.addEventListener("input", () => searchFor(field.value));
  byId("search").addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      nextFound(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      field.value = "";
      searchFor("");
      byId("picture").focus();
    }
  });
}

// Filters, which are the legend

function fillFilters() {
  const broughtIn = data.nodes.filter(isBroughtIn);
  const counted = data.kinds.map((kind) => ({
    key: kind.id, label: kind.label, picture: swatch(data.looks[kind.look]),
    count: broughtIn.filter((node) => node.kind === kind.id).length,
  }));
  fill(byId("kinds"), counted, state.withoutKinds);
  const ends = new Set(broughtIn.map((node) => node.id));
  const there = data.edges.filter((edge) => ends.has(edge.from) && ends.has(edge.to)
    && (!edge.hidden || state.expanded.has(edge.from) || state.expanded.has(edge.to)));
  const related = data.relations.map((relation, number) => {
    const own = there.filter((edge) => edge.relation === number);
    return { key: number, label: relation.label, count: own.length, picture: usualLine(own) };
  });
  fill(byId("relations"), related.sort((a, b) => b.count - a.count), state.withoutRelations);
}

/** Returns the line that most of some relations are drawn as. */
function usualLine(some) {
  const counts = new Map();
  for (const edge of some) counts.set(edge.line, (counts.get(edge.line) || 0) + 1);
  const [usual] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return usual && data.hasLines ? lineSwatch(data.lines[usual[0]]) : null;
}

function fill(group, entries, without) {
  const rows = entries.filter((entry) => entry.count).map((entry) => {
    const box = element("input", { type: "checkbox" });
    box.checked = !without.has(entry.key);
    box.addEventListener("change", () => {
      if (box.checked) without.delete(entry.key);
      else without.add(entry.key);
      filtered();
    });
    return element("label", {}, box, entry.picture,
      element("span", { class: "name", dir: "auto" }, entry.label),
      element("span", { class: "count" }, String(entry.count)));
  });
  group.replaceChildren(group.querySelector("legend"), ...rows, allOrNone(entries, without));
  group.hidden = !rows.length;
}

function allOrNone(entries, without) {
  const set = (isOn) => () => {
    for (const { key } of entries) {
      if (isOn) without.delete(key);
      else without.add(key);
    }
    filtered();
    fillFilters();
  };
  return element("div", { class: "all" }, button("all", set(true)), button("none", set(false)));
}

function filtered() {
  if (nodes.has(state.chosen) && !isSeen(nodes.get(state.chosen))) state.chosen = null;
  if (nodes.has(state.cursor) && !isSeen(nodes.get(state.cursor))) state.cursor = null;
  state.found = search(state.words);
  if (state.words) byId("found").textContent = `${state.found.length} found`;
  refresh();
  showPanel();
  say(overview());
}

function fillSamples() {
  byId("samples").replaceChildren(...data.samples.map((sample) =>
    element("p", {}, lineSwatch(sample), sample.label)));
}

// Theme

function setTheme(name) {
  state.theme = name;
  const root = document.documentElement;
  root.dataset.theme = theme().dark ? "dark" : "light";
  for (const part of ["background", "text", "muted", "line", "conflict"]) {
    root.style.setProperty(`--${part}`, theme()[part]);
  }
  byId("theme").setAttribute("aria-pressed", String(theme().dark));
  recolour();
  refresh();
  fillFilters();
  fillSamples();
  showPanel();
}

// Keys

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function moveCursor(id) {
  if (!id) return;
  state.cursor = id;
  refresh();
  bringIntoView(id);
  say(spoken(id));
}

const KEYS = {
  Enter: () => state.cursor && choose(state.cursor, true),
  " ": () => state.cursor && choose(state.cursor, true),
  Home: () => { state.cursor = null; moveCursor(nextTowards(0, 0)); },
  PageDown: () => moveCursor(nextInList(1)),
  PageUp: () => moveCursor(nextInList(-1)),
  e: () => state.cursor && toggleNeighbours(state.cursor),
  "+": () => zoomBy(1.25),
  "=": () => zoomBy(1.25),
  "-": () => zoomBy(0.8),
  0: fitAll,
  Escape: () => choose(null),
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (ARROWS[key]) moveCursor(nextTowards(...ARROWS[key]));
  else if (KEYS[key]) KEYS[key]();
  else return;
  event.preventDefault();
}

function pressedAnywhere(event) {
  const isTyping = event.target.tagName === "INPUT" && event.target.type === "search";
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
  if (event.key === "/") {
    event.preventDefault();
    byId("words").select();
  } else if (event.key === "Escape" && panel.contains(event.target)) {
    byId("picture").focus();
  }
}
