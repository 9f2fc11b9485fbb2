// Elements, made of text that stays text.

const byId = (id) => document.getElementById(id);

/** Returns an element with properties and children; a child that is a string becomes text. */
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Returns a link to where it is safe to go, and plain text otherwise. */
function linkTo(address, text) {
  if (!/^https?:\/\//i.test(address)) return element("span", { dir: "auto" }, text);
  return element("a", { href: address, rel: "noopener noreferrer", target: "_blank", dir: "auto" },
    text);
}

/** Returns an SVG element. */
function drawn(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function button(text, onclick, properties = {}) {
  return element("button", { type: "button", onclick, ...properties }, text);
}

const plural = (count, one, many = `${one}s`) =>
  `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
