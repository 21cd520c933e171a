// Curves over a session: a small one for the table, a larger one with an axis; both say in words what they show.

import { time } from "./times.js";

const SVG = "http://www.w3.org/2000/svg";

function draw(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/** What a curve shows, for who cannot see it. points: [second, value], oldest first. */
export function inWords(name, points) {
  if (points.length === 0) return `${name}: nothing yet`;
  const values = points.map(([, value]) => value);
  const [first, last] = [points[0], points.at(-1)];
  const between = `between ${Math.min(...values)} and ${Math.max(...values)}`;
  return `${name} ${last[1]} at ${time(last[0])}; ${first[1]} at ${time(first[0])}; ${between}`;
}

/** A curve. now: second at which it ends. axis: with numbers and times beside it. */
export function curve(name, points, { low, high, now, axis = false }) {
  const [width, height, left, bottom] = axis ? [320, 110, 26, 18] : [84, 26, 0, 0];
  const end = Math.max(now ?? 0, points.at(-1)?.[0] ?? 0, 1);
  const x = (second) => left + 2 + (second / end) * (width - left - 6);
  const y = (value) => 4 + (1 - (value - low) / (high - low)) * (height - bottom - 8);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: axis ? "curve" : "spark", role: "img" });
  svg.setAttribute("aria-label", inWords(name, points));
  const levels = axis ? [low, (low + high) / 2, high] : [low, high];
  for (const level of levels) {
    svg.append(draw("line", { class: "grid", x1: left, x2: width - 2, y1: y(level), y2: y(level) }));
    if (axis) svg.append(draw("text", { x: left - 4, y: y(level) + 4, "text-anchor": "end" }, String(level)));
  }
  if (axis) {
    svg.append(draw("text", { x: left, y: height - 3 }, "0:00"));
    svg.append(draw("text", { x: width - 2, y: height - 3, "text-anchor": "end" }, time(end)));
  }
  if (points.length === 0) return svg;
  const steps = points.flatMap(([second, value], i) => {
    const until = points[i + 1]?.[0] ?? end; // a value holds until the next one
    return [`${x(second).toFixed(1)},${y(value).toFixed(1)}`, `${x(until).toFixed(1)},${y(value).toFixed(1)}`];
  });
  svg.append(draw("polyline", { class: "line", points: steps.join(" ") }));
  svg.append(draw("circle", { class: "end", cx: x(end), cy: y(points.at(-1)[1]), r: axis ? 3.5 : 2.5 }));
  return svg;
}

/** Replace a curve only when it changed, so that nothing flickers. */
export function renew(holder, name, points, options) {
  const key = JSON.stringify([points, options.axis ? Math.floor((options.now ?? 0) / 5) : Math.floor((options.now ?? 0) / 15)]);
  if (holder.dataset.shown === key) return;
  holder.dataset.shown = key;
  holder.replaceChildren(curve(name, points, options));
}
