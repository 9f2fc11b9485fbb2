// The picture: what Cytoscape.js draws, and where it puts what is expanded.

const FONT = '"Source Sans 3", "Source Sans Pro", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif';
const MANY = 600;
const MOST_TOLD = 14;
const PAD = 14;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const ruler = document.createElement("canvas").getContext("2d");

/** Returns how wide and high a text is, in the units of the picture. */
function measure(text, size) {
  ruler.font = `${size}px ${FONT}`;
  const lines = text.split("\n");
  const width = Math.max(...lines.map((line) => ruler.measureText(line).width));
  return { width, height: lines.length * size * 1.2 };
}

const fontSize = (node) => (node.root ? 13 : data.hasLines ? 11 : 10);

/** Returns the size of a thing's box: as it was laid out, or a little larger if the font is. */
function sizeOf(node) {
  if (node.w !== undefined && !data.hasLines) return { w: node.w, h: node.h };
  const { width, height } = measure(node.text || " ", fontSize(node));
  const shape = data.looks[node.look].shape;
  const isPointed = ["hexagon", "octagon", "ellipse", "cds", "component"].includes(shape);
  if (node.w !== undefined) {
    const [side, flap] = [isPointed ? 14 : 5, ["tab", "folder"].includes(shape) ? 6 : 2];
    return { w: Math.max(node.w, width + side), h: Math.max(node.h, height + flap) };
  }
  const wide = isPointed ? 1.14 : 1;
  const high = shape === "ellipse" ? 1.3 : 1;
  return { w: (width + PAD) * wide, h: (height + PAD * 0.7) * high };
}

function colours(look) {
  const [fill, stroke] = look[state.theme].map((colour) => colour || theme().background);
  return { fill, stroke };
}

function asElement(node) {
  const look = data.looks[node.look];
  const { shape, points } = shapeOf(node.shape || look.shape);
  const looks = { shape, points, size: fontSize(node), ...colours(look), ...sizeOf(node) };
  const classes = ["thing", node.root && "root", node.shape || look.shape, node.conflict && "conflict"];
  return {
    group: "nodes",
    data: { id: node.id, text: node.text, ...looks },
    position: { x: node.x || 0, y: node.y || 0 },
    classes: classes.filter(Boolean).join(" "),
  };
}

/** Returns where a line bends and its label stands: as the layout led it round everything. */
function routeOf(edge) {
  if (!edge.bends) return {};
  const far = edge.bends.filter((_, i) => i % 2);
  const along = edge.bends.filter((_, i) => i % 2 === 0);
  return { along: along.join(" "), far: far.join(" "), shiftX: edge.shift[0], shiftY: edge.shift[1] };
}

function asLine(edge) {
  const line = data.lines[edge.line];
  const classes = [line.dash, edge.conflict && "conflict", edge.hollow && "hollow",
    edge.bends && "led"];
  return {
    group: "edges",
    data: {
      id: edge.id, source: edge.from, target: edge.to, label: edge.label,
      text: edge.hidden ? "" : edge.text,
      width: line.width, colour: line[state.theme], ...routeOf(edge),
    },
    classes: classes.filter(Boolean).join(" "),
  };
}

function asPiece(piece) {
  const isGround = Boolean(piece[state.theme][0]);
  const { id, text, w, h } = piece;
  return {
    group: "nodes",
    data: { id, text, w, h, size: 10, ...colours(piece) },
    position: { x: piece.x, y: piece.y },
    grabbable: false,
    selectable: false,
    classes: ["piece", isGround ? "ground" : "bare", piece.edges && "cell"].filter(Boolean).join(" "),
  };
}

/** Returns the style sheet in the colours of the theme. */
function sheet() {
  const { text, muted, background, conflict } = theme();
  const small = data.nodes.length > MANY ? 5 : 0;
  const node = {
    width: "data(w)", height: "data(h)", label: "data(text)", color: text,
    "font-family": FONT, "font-size": "data(size)", "line-height": 1.2, "text-wrap": "wrap",
    "text-max-width": "2000px", "text-valign": "center", "text-halign": "center",
    "min-zoomed-font-size": small, "background-color": "data(fill)",
  };
  const edge = {
    "curve-style": "bezier", "control-point-step-size": 44, width: "data(width)",
    "line-color": "data(colour)", "target-arrow-color": "data(colour)",
    "target-arrow-shape": "triangle", "arrow-scale": 0.75, label: "data(text)", color: muted,
    "font-family": FONT, "font-size": 9.5, "text-wrap": "wrap", "text-max-width": "300px",
    "text-background-color": background, "text-background-opacity": 0.9,
    "text-background-padding": "2px", "text-background-shape": "roundrectangle",
    "min-zoomed-font-size": small,
  };
  return [
    { selector: "node", style: node },
    { selector: "node.thing", style: {
      shape: "data(shape)", "shape-polygon-points": "data(points)", "border-width": 1.3,
      "border-color": "data(stroke)", "z-index": 2 } },
    { selector: "node.plain", style: { "border-width": 0 } },
    { selector: "node.tab, node.folder", style: { "text-margin-y": 3 } },
    { selector: "node.dashed", style: { "border-style": "dashed" } },
    { selector: "node.root", style: { "border-width": 2.6, "font-weight": "bold" } },
    { selector: "node.piece", style: { shape: "rectangle", events: "no", "z-index": 0 } },
    { selector: "node.heading", style: { "border-width": 0, "background-opacity": 0,
      "font-weight": "bold" } },
    { selector: "node.bare", style: { "background-opacity": 0, color: muted } },
    { selector: "node.cell", style: { events: "yes", "z-index": 1, "border-width": 1,
      "border-color": "data(stroke)" } },
    { selector: "edge", style: edge },
    { selector: "edge.led", style: {
      "curve-style": "round-segments", "edge-distances": "node-position",
      "segment-weights": "data(along)", "segment-distances": "data(far)", "segment-radii": 40,
      "radius-type": "influence-radius", "text-margin-x": "data(shiftX)",
      "text-margin-y": "data(shiftY)" } },
    { selector: "edge.dashed", style: { "line-style": "dashed" } },
    { selector: "edge.dotted", style: { "line-style": "dotted" } },
    { selector: "edge.hollow", style: { "target-arrow-fill": "hollow", "arrow-scale": 1.1 } },
    { selector: "edge.conflict", style: { color: conflict, "z-index": 3, "font-weight": "bold" } },
    ...marks(),
  ];
}

/** Returns how what is chosen, found or out of focus is marked. */
function marks() {
  const { text, background, conflict } = theme();
  const focus = theme().dark ? "#7cc4ff" : "#0b62d6";
  const hit = theme().dark ? "#ffd24a" : "#ffb300";
  return [
    { selector: ".faint", style: { opacity: 0.16 } },
    { selector: "edge.near", style: { color: text, "z-index": 4 } },
    { selector: "edge.told", style: { label: "data(label)", "text-max-width": "130px",
      "text-background-color": background } },
    { selector: "edge.near.conflict", style: { color: conflict } },
    { selector: "node.hit", style: { "underlay-color": hit, "underlay-opacity": 0.75,
      "underlay-padding": 6, "underlay-shape": "round-rectangle", "z-index": 5 } },
    { selector: "node.chosen", style: { "border-width": 3.4, "border-color": focus, "z-index": 6 } },
    { selector: "node.cursor", style: { "outline-width": 3, "outline-color": focus,
      "outline-offset": 4, "outline-opacity": 0.9, "z-index": 7 } },
    { selector: "node.cell.cursor", style: { "outline-offset": 1 } },
    { selector: ".gone", style: { display: "none" } },
    { selector: "core", style: { "active-bg-opacity": 0, "selection-box-opacity": 0 } },
  ];
}

const isBig = data.nodes.length > MANY;
const cy = cytoscape({
  container: byId("picture"),
  elements: [...data.pieces.map(asPiece), ...data.nodes.map(asElement), ...data.edges.map(asLine)],
  style: sheet(),
  layout: { name: "preset", fit: false },
  minZoom: 0.02,
  maxZoom: 5,
  boxSelectionEnabled: false,
  autounselectify: true,
  hideEdgesOnViewport: isBig,
  textureOnViewport: isBig,
});

/** Draws again in the colours of the theme. */
function recolour() {
  cy.batch(() => {
    for (const node of data.nodes) cy.getElementById(node.id).data(colours(data.looks[node.look]));
    for (const edge of data.edges) {
      cy.getElementById(edge.id).data("colour", data.lines[edge.line][state.theme]);
    }
    for (const piece of data.pieces) cy.getElementById(piece.id).data(colours(piece));
  });
  cy.style(sheet());
}

/** Shows what is to be seen, and marks what is chosen or found. */
function refresh() {
  const seen = (map, test) => {
    for (const item of map.values()) cy.getElementById(item.id).toggleClass("gone", !test(item));
  };
  cy.batch(() => {
    seen(nodes, isSeen);
    seen(edges, isEdgeSeen);
    seen(pieces, isPieceSeen);
    cy.elements().removeClass("faint near told chosen hit cursor");
    if (state.words) markFound();
    else if (state.chosen) markChosen();
    if (state.cursor && state.cursor !== state.chosen) cy.getElementById(state.cursor).addClass("cursor");
  });
}

function markFound() {
  const hits = new Set(state.found);
  cy.nodes(".thing, .cell").forEach((node) => {
    node.addClass(hits.has(node.id()) ? "hit" : "faint");
  });
  cy.edges().addClass("faint");
  if (state.chosen) cy.getElementById(state.chosen).removeClass("faint").addClass("chosen");
}

function markChosen() {
  const it = cy.getElementById(state.chosen);
  it.addClass("chosen");
  const piece = pieces.get(state.chosen);
  const near = piece
    ? cy.collection(piece.ends.map((id) => cy.getElementById(id)))
    : it.closedNeighborhood();
  const cells = cy.nodes(".cell").filter((cell) => pieces.get(cell.id()).ends.includes(state.chosen));
  cy.elements(".thing, .cell, edge").not(near).not(it).not(cells).addClass("faint");
  const lines = near.edges().not(".gone");
  lines.addClass(lines.length > MOST_TOLD ? "near" : "near told");
}

// Where the reader looks

function animate(change) {
  cy.stop(true);
  if (calm) cy.viewport(change);
  else cy.animate(change, { duration: 220 });
}

/** Fits some of the picture into view, and does not enlarge it beyond what is needed to read. */
function fit(some, most = 1.6) {
  const box = some.boundingBox();
  if (!box.w) return;
  const room = { w: cy.width() - 36, h: cy.height() - 66 };
  const zoom = Math.min(room.w / box.w, room.h / box.h, most);
  animate({ zoom, pan: {
    x: cy.width() / 2 - (zoom * (box.x1 + box.x2)) / 2,
    y: (cy.height() - 34) / 2 - (zoom * (box.y1 + box.y2)) / 2,
  } });
}

/** Returns what is not filtered out; `:visible` lags behind within one turn. */
const shown = (selector = "*") => cy.elements(selector).not(".gone");
const fitAll = () => fit(shown());

/** Brings a thing into view, at a size at which it can be read. */
function bringIntoView(id) {
  const it = cy.getElementById(id);
  const box = it.renderedBoundingBox();
  const inside = box.x1 > 10 && box.y1 > 10 && box.x2 < cy.width() - 10 && box.y2 < cy.height() - 50;
  if (inside && cy.zoom() > 0.55) return;
  const zoom = Math.max(cy.zoom(), 0.8);
  const { x, y } = it.position();
  animate({ zoom, pan: { x: cy.width() / 2 - zoom * x, y: cy.height() / 2 - zoom * y } });
}

function zoomBy(factor) {
  const middle = { x: cy.width() / 2, y: cy.height() / 2 };
  cy.zoom({ level: cy.zoom() * factor, renderedPosition: middle });
}

// Neighbours

/** Puts new things around one, outwards, where nothing else stands. */
function placeAround(id, added) {
  const centre = cy.getElementById(id);
  const taken = shown("node.thing, node.cell").map(boxOf);
  const { x, y } = centre.position();
  const spots = spotsAround(id);
  for (const item of added) {
    const it = cy.getElementById(item);
    let box;
    do {
      const [dx, dy] = spots.next().value;
      it.position({ x: x + dx, y: y + dy });
      box = boxOf(it);
    } while (taken.some((other) => overlap(box, other)));
    taken.push(box);
  }
}

/** Yields places around a thing: rings, each begun on the side away from the rest. */
function* spotsAround(id) {
  const { x, y } = cy.getElementById(id).position();
  const rest = shown(".thing").boundingBox();
  const away = Math.atan2(y - (rest.y1 + rest.y2) / 2, x - (rest.x1 + rest.x2) / 2);
  for (let ring = 0; ; ring++) {
    const [wide, high] = [150 + ring * 70, 80 + ring * 42];
    const count = 8 + ring * 5;
    for (let i = 0; i < count; i++) {
      const turn = (Math.ceil(i / 2) * (i % 2 ? 1 : -1) * 2 * Math.PI) / count;
      yield [wide * Math.cos(away + turn), high * Math.sin(away + turn)];
    }
  }
}

function boxOf(node) {
  const { x, y } = node.position();
  const [w, h] = [node.data("w") / 2 + 7, node.data("h") / 2 + 7];
  return { x1: x - w, x2: x + w, y1: y - h, y2: y + h };
}

const overlap = (a, b) => a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2;

/** Shows the further neighbours of a thing, or hides them again; returns how many came. */
function expand(id) {
  if (state.expanded.delete(id)) {
    refresh();
    return 0;
  }
  const added = hiddenNeighbours(id).filter((other) => !isBroughtIn(nodes.get(other)));
  placeAround(id, added);
  state.expanded.add(id);
  refresh();
  fit(cy.getElementById(id).closedNeighborhood().not(".gone"));
  return added.length;
}

/** Returns the nearest thing in a direction, and the first one if there is none to start from. */
function nextTowards(dx, dy) {
  const seen = shown(".thing, .cell");
  const start = state.cursor && cy.getElementById(state.cursor);
  if (!start || start.hasClass("gone")) return seen.length ? firstOf(seen).id() : null;
  const from = start.position();
  let [best, least] = [null, Infinity];
  seen.forEach((node) => {
    const { x, y } = node.position();
    const along = (x - from.x) * dx + (y - from.y) * dy;
    const across = Math.abs((x - from.x) * dy) + Math.abs((y - from.y) * dx);
    const far = along + 2.5 * across;
    if (along > 1 && along * 3 > across && far < least) [best, least] = [node.id(), far];
  });
  return best;
}

/** Returns the thing that comes next, or before, in the order of the file. */
function nextInList(step) {
  const seen = data.nodes.filter(isSeen).map((node) => node.id);
  const at = seen.indexOf(state.cursor);
  return seen[at < 0 ? 0 : (at + step + seen.length) % seen.length] || null;
}

function firstOf(seen) {
  const roots = seen.filter(".root");
  return roots.length ? roots[0] : seen.sort((a, b) => a.position("y") - b.position("y"))[0];
}
