// Everything is put together.

byId("description").textContent = data.description;
byId("legend").textContent = data.legend;
byId("cut").textContent = [data.cut, data.rule].filter(Boolean).join(" ");
byId("small").textContent = data.smallPrint;

cy.on("tap", "node.thing, node.cell", (event) => choose(event.target.id(), false, true));
cy.on("dbltap", "node.thing", (event) => toggleNeighbours(event.target.id()));
cy.on("tap", (event) => { if (event.target === cy) choose(null); });
cy.on("mouseover", "node.thing, node.cell", (event) => {
  byId("picture").classList.add("pointing");
  say(spoken(event.target.id()));
});
cy.on("mouseover", "edge", (event) => {
  const edge = edges.get(event.target.id());
  const [from, to] = [edge.from, edge.to].map((end) => nodes.get(end).label);
  say(`${from} — ${edge.label} → ${to}`);
});
cy.on("mouseout", "node, edge", () => {
  byId("picture").classList.remove("pointing");
  say(state.chosen ? spoken(state.chosen) : overview());
});

byId("closer").addEventListener("click", () => zoomBy(1.25));
byId("wider").addEventListener("click", () => zoomBy(0.8));
byId("whole").addEventListener("click", fitAll);
byId("theme").addEventListener("click", () => {
  setTheme(Object.keys(data.themes).find((name) => name !== state.theme));
});
byId("picture").addEventListener("keydown", pressed);
byId("picture").addEventListener("focus", () => {
  if (!state.cursor) moveCursor(nextTowards(0, 0));
});
document.addEventListener("keydown", pressedAnywhere);
listenToSearch();

setTheme(state.theme);
say(overview());
fitAll();
cy.stop(true, true);
document.documentElement.dataset.ready = "yes";
