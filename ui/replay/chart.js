// A chart of curves over epochs: all of them pale, and what was learned so far in full.

const MARGIN = { top: 10, right: 12, bottom: 40, left: 52 };
const RADIUS = 4.5;
const LEAST_SHOWN_LOSS = 1e-6; // histories round losses to it, and 0 has no logarithm

function drawn(name, attributes, parent) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// Round numbers from low to high, about as many as asked for.
function roundTicks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step) ticks.push(at);
  return ticks;
}

function lossAxis(values, scale) {
  const known = values.filter((value) => value !== null);
  if (scale === "linear") {
    const high = Math.max(...known, 1e-3) * 1.05;
    return { place: (value) => value / high, ticks: roundTicks(0, high, 5) };
  }
  const shown = known.map((value) => Math.max(value, LEAST_SHOWN_LOSS));
  const low = Math.floor(Math.log10(Math.min(...shown)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...shown))), low + 1);
  return {
    place: (value) => (Math.log10(Math.max(value, LEAST_SHOWN_LOSS)) - low) / (high - low),
    ticks: Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step)),
  };
}

function accuracyAxis(least) {
  const high = 100 + (100 - least) / 50;
  return { place: (value) => (value - least) / (high - least), ticks: roundTicks(least, 100, 5) };
}

// Draws a chart into its place and gives what moves its present and tells epochs of places.
function drawChart(host, curves, axis, last, text) {
  const { width, height } = host.getBoundingClientRect();
  const inner = {
    width: width - MARGIN.left - MARGIN.right,
    height: height - MARGIN.top - MARGIN.bottom,
  };
  const across = (epoch) => (epoch / last) * inner.width;
  const up = (value) => (1 - axis.place(value)) * inner.height;
  host.replaceChildren();
  const svg = drawn("svg", { width, height, role: "img", "aria-label": text }, host);
  const plot = drawn("g", { transform: `translate(${MARGIN.left},${MARGIN.top})` }, svg);
  drawAxes(plot, axis, last, inner, across, up);
  // An inner svg cuts off what sticks out of it: values below the axis, and the future.
  const whole = drawn("svg", { ...inner, class: "whole" }, plot);
  const past = drawn("svg", { ...inner, height: inner.height + RADIUS }, plot);
  for (const curve of curves) {
    for (const parent of [whole, past]) drawCurve(parent, curve, across, up);
  }
  const now = drawn("line", { class: "now", y1: 0, y2: inner.height }, plot);
  const dots = curves
    .filter((curve) => !curve.training)
    .map((curve) => ({ curve, dot: drawn("circle", { r: RADIUS, fill: curve.colour }, plot) }));
  return {
    seek(position) {
      past.setAttribute("width", across(position));
      now.setAttribute("transform", `translate(${across(position)},0)`);
      for (const { curve, dot } of dots) moveDot(dot, curve, position, across, up, inner);
    },
    epochAt(clientX) {
      const left = svg.getBoundingClientRect().left + MARGIN.left;
      return Math.min(last, Math.max(0, Math.round(((clientX - left) / inner.width) * last)));
    },
  };
}

function drawAxes(plot, axis, last, inner, across, up) {
  for (const tick of axis.ticks) {
    const y = up(tick);
    drawn("line", { class: "grid", x1: 0, x2: inner.width, y1: y, y2: y }, plot);
    drawn("text", { x: -8, y: y + 4, "text-anchor": "end" }, plot).textContent = shortly(tick);
  }
  for (const tick of roundTicks(0, last, Math.min(last, 5)).filter(Number.isInteger)) {
    const place = { x: across(tick), y: inner.height + 18, "text-anchor": "middle" };
    drawn("text", place, plot).textContent = tick;
  }
  const title = { x: inner.width / 2, y: inner.height + 36, "text-anchor": "middle" };
  drawn("text", title, plot).textContent = "Epoch";
}

function drawCurve(parent, curve, across, up) {
  const points = curve.values
    .map((value, epoch) => (value === null ? null : `${across(epoch)},${up(value)}`))
    .filter((point) => point !== null);
  const kind = curve.training ? "curve training" : "curve";
  drawn("polyline", { class: kind, points: points.join(" "), stroke: curve.colour }, parent);
}

// A dot stands on its curve, between two epochs too; it hides where the curve is not shown.
function moveDot(dot, curve, position, across, up, inner) {
  const at = Math.min(Math.max(position, 0), curve.values.length - 1);
  const before = curve.values[Math.floor(at)];
  const after = curve.values[Math.ceil(at)];
  const shown = before !== null && after !== null;
  const part = at - Math.floor(at);
  const y = shown ? up(before) + (up(after) - up(before)) * part : Infinity;
  dot.style.display = shown && y <= inner.height ? "" : "none";
  if (!shown) return;
  dot.setAttribute("cx", across(at));
  dot.setAttribute("cy", y);
}

function shortly(value) {
  if (value === 0) return "0";
  if (Math.abs(value) < 1e-3) return value.toExponential(0);
  return String(Number(value.toPrecision(3)));
}
