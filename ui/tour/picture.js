// The picture of a slide: the hand as models saw it with what they said, and a chart.

const MARKS = { right: "✓ right", wrong: "✗ wrong" };
const FEW_BARS = 4;
const MANY_PANELS = 4;
const SVG = "http://www.w3.org/2000/svg";

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function drawPicture(place, slide) {
  place.replaceChildren();
  if (slide.panels.length) place.append(drawPanels(slide.panels));
  if (slide.chart) place.append(slide.chart.bars ? drawBars(slide.chart) : drawCurve(slide.chart));
}

function drawPanels(panels) {
  const box = element("div", { className: "panels" });
  const many = panels.length >= MANY_PANELS;
  box.classList.toggle("single", panels.length === 1);
  box.classList.toggle("many", many);
  box.style.setProperty("--columns", many ? 2 : panels.length);
  box.append(...panels.map(drawPanel));
  return box;
}

function drawPanel({ image, alt, title, said, detail, mark }) {
  const words = element("figcaption", {}, title);
  if (said) words.append(element("span", { className: "said", textContent: said }));
  words.append(detail);
  if (mark) {
    if (detail) words.append(" · ");
    words.append(element("span", { className: "mark", textContent: MARKS[mark] }));
  }
  const picture = image ? element("img", { src: image, alt }) : element("div");
  return element("figure", { className: "panel" }, picture, words);
}

function drawBars({ title, bars }) {
  const list = element("dl", { className: "bars" });
  list.classList.toggle("few", bars.length <= FEW_BARS);
  for (const { label, length, text } of bars) {
    const bar = element("i");
    bar.style.setProperty("--length", length / 100);
    list.append(element("dt", { textContent: label }), element("dd", {}, bar, text));
  }
  return element(
    "figure",
    { className: "chart" },
    element("figcaption", { textContent: title }),
    list,
  );
}

function drawCurve({ title, points, x }) {
  const [width, height, left, top] = [520, 380, 56, 16];
  const [right, bottom] = [width - 30, height - 52];
  const mostX = Math.max(...points.map((point) => point[0]));
  const mostY = Math.max(...points.map((point) => point[1]));
  const at = ([across, up]) => [
    left + ((right - left) * across) / mostX,
    bottom - ((bottom - top) * up) / mostY,
  ];
  const percent = (value) => `${value < 1 ? value.toFixed(1) : Math.round(value)}%`;
  const [first, last] = [points[0], points[points.length - 1]];
  const label = `${title}, by the number of training images: ${percent(first[1])} with ${first[0]}, ${percent(last[1])} with ${last[0].toLocaleString("en")}.`;
  const svg = shape("svg", { class: "curve", viewBox: `0 0 ${width} ${height}`, role: "img" });
  svg.setAttribute("aria-label", label);
  for (const share of [0, 0.5, 1]) {
    const [, y] = at([0, share * mostY]);
    svg.append(shape("line", { x1: left, x2: right, y1: y, y2: y }));
    svg.append(text(left - 8, y + 5, percent(share * mostY), "end"));
    svg.append(text(at([share * mostX, 0])[0], bottom + 20, (share * mostX).toLocaleString("en")));
  }
  svg.append(text((left + right) / 2, height - 8, x));
  svg.append(shape("polyline", { points: points.map((point) => at(point).join()).join(" ") }));
  for (const point of points) {
    const [cx, cy] = at(point);
    svg.append(shape("circle", { cx, cy, r: 5 }));
  }
  const caption = element("figcaption", { textContent: title });
  return element("figure", { className: "chart" }, caption, svg);
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function text(x, y, words, anchor = "middle") {
  const made = shape("text", { x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
