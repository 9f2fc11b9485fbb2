// The shapes of the kinds, as Cytoscape.js draws them and as the legend shows them.

const OUTLINES = {
  box: [-1, -1, 1, -1, 1, 1, -1, 1],
  hexagon: [-1, 0, -0.86, -1, 0.86, -1, 1, 0, 0.86, 1, -0.86, 1],
  octagon: [-1, -0.4, -0.9, -1, 0.9, -1, 1, -0.4, 1, 0.4, 0.9, 1, -0.9, 1, -1, 0.4],
  note: [-1, -1, 0.88, -1, 1, -0.62, 1, 1, -1, 1],
  tab: [-1, -1, -0.5, -1, -0.5, -0.8, 1, -0.8, 1, 1, -1, 1],
  folder: [-1, -0.8, 0.45, -0.8, 0.5, -1, 0.95, -1, 1, -0.8, 1, 1, -1, 1],
  component: [-0.94, -1, 1, -1, 1, 1, -0.94, 1, -0.94, 0.75, -1, 0.75, -1, 0.35, -0.94, 0.35,
    -0.94, -0.35, -1, -0.35, -1, -0.75, -0.94, -0.75],
  cds: [-1, -1, 0.88, -1, 1, 0, 0.88, 1, -1, 1],
  house: [-1, -0.6, 0, -1, 1, -0.6, 1, 1, -1, 1],
  box3d: [-1, -0.8, -0.94, -1, 1, -1, 1, 0.8, 0.94, 1, -1, 1],
};
const NAMED = {
  rounded: "round-rectangle",
  dashed: "round-rectangle",
  ellipse: "ellipse",
  cylinder: "barrel",
  plain: "round-rectangle",
  heading: "rectangle",
};

/** Returns what Cytoscape.js is told of a shape. */
function shapeOf(name) {
  if (NAMED[name]) return { shape: NAMED[name], points: OUTLINES.box.join(" ") };
  return { shape: "polygon", points: (OUTLINES[name] || OUTLINES.box).join(" ") };
}

/** Returns a small picture of a shape, for the legend. */
function swatch(look) {
  const [fill, stroke] = look[state.theme];
  const lines = { fill, stroke, "stroke-width": 1.4 };
  if (look.shape === "dashed") lines["stroke-dasharray"] = "3 2";
  const picture = drawn("svg", { viewBox: "0 0 26 16", width: 26, height: 16, "aria-hidden": true });
  picture.append(outline(look.shape, lines));
  return picture;
}

function outline(shape, lines) {
  const box = { x: 1.5, y: 1.5, width: 23, height: 13, ...lines };
  if (shape === "ellipse") return drawn("ellipse", { cx: 13, cy: 8, rx: 11.5, ry: 6.5, ...lines });
  if (shape === "cylinder") return drawn("rect", { ...box, rx: 11, ry: 3 });
  if (shape === "plain") return drawn("rect", { ...box, rx: 3, stroke: "none" });
  if (NAMED[shape]) return drawn("rect", { ...box, rx: 4 });
  const numbers = OUTLINES[shape] || OUTLINES.box;
  const points = numbers.map((n, i) => (i % 2 ? 8 + n * 6.5 : 13 + n * 11.5)).join(" ");
  return drawn("polygon", { points, ...lines });
}

/** Returns a small picture of a line, for the legend. */
function lineSwatch(line) {
  const look = { x1: 1, y1: 8, x2: 25, y2: 8, stroke: line[state.theme], "stroke-width": line.width };
  if (line.dash !== "solid") look["stroke-dasharray"] = line.dash === "dotted" ? "2 3" : "5 3";
  return drawn("svg", { viewBox: "0 0 26 16", width: 26, height: 16, "aria-hidden": true },
    drawn("line", look));
}
