// Small helpers for the page's elements. Text only ever goes in as text.

const SVG = "http://www.w3.org/2000/svg";

/** The element with this id. */
export function by(id) {
  return document.getElementById(id);
}

/** A new element. attributes: name to value; true sets an empty one, null and false leave it out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** An icon of /static/img/icons.svg, silent for screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", iconAddress(name));
  svg.append(use);
  return svg;
}

export function iconAddress(name) {
  return `/static/img/icons.svg#${name}`;
}

/** Put text in, and touch the page only when it changed: a live region speaks once. */
export function setText(element, text) {
  const wanted = text ?? "";
  if (element.textContent !== wanted) element.textContent = wanted;
}

/** One <p> for each text. */
export function paragraphs(element, texts) {
  const wanted = texts ?? [];
  const same = element.children.length === wanted.length && wanted.every((text, i) => element.children[i].textContent === text);
  if (!same) element.replaceChildren(...wanted.map((text) => make("p", {}, text)));
}

/** Set an attribute only when it differs. */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}
