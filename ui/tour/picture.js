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
  if (slide.panels.length) place.append(drawPanels(slide.panels, slide.chart !== null));
  if (slide.chart) place.append(slide.chart.bars ? drawBars(slide.chart) : drawCurve(slide.chart));
}

function drawPanels(panels, hasChart) {
  const box = element("div", { className: "panels" });
  const many = panels.length >= MANY_PANELS;
  box.classList.toggle("many", many);
  box.classList.toggle("beside", !many && (hasChart || panels.length > 1));
  box.style.setProperty("--columns", many ? 2 : panels.length);
  box.append(...panels.map(drawPanel));
  for (const image of box.querySelectorAll("img")) image.onload = () => fitColumns(box);
  return box;
}

// A wide photo beside a square image gets the wider column.
function fitColumns(box) {
  const images = [...box.querySelectorAll("img")];
  if (box.matches(".many") || images.some((image) => !image.naturalHeight)) return;
  const shapes = images.map((image) => `${image.naturalWidth / image.naturalHeight}fr`);
  box.style.setProperty("--shapes", shapes.map((each) => `minmax(0, ${each})`).join(" "));
}

function drawPanel({ image, alt, title, said, detail, mark }) {
  const words = element("figcaption", {}, element("span", { textContent: title }));
  if (said) words.append(element("span", { className: "said", textContent: said }));
  const last = [detail, MARKS[mark]].filter(Boolean).join(" · ");
  if (last) words.append(element("span", { textContent: last }));
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
  const [width, height, left, top] = [420, 360, 52, 12];
  const [right, bottom] = [width - 24, height - 54];
  const [first, last] = [points[0], points[points.length - 1]];
  const most = Math.max(...points.map((point) => point[1]));
  // Most happens among the first few images.
  const across = (value) =>
    left + ((right - left) * Math.log(value / first[0])) / Math.log(last[0] / first[0]);
  const up = (value) => bottom - ((bottom - top) * value) / most;
  const [from, to] = [first, last].map(([images, share]) => `${share.toFixed(1)}% with ${images}`);
  const svg = shape("svg", { class: "curve", viewBox: `0 0 ${width} ${height}`, role: "img" });
  svg.setAttribute("aria-label", `${title}, by the number of training images: ${from}, ${to}.`);
  for (const share of [0, most / 2, most]) {
    svg.append(shape("line", { x1: left, x2: right, y1: up(share), y2: up(share) }));
    svg.append(text(left - 8, up(share) + 5, `${Math.round(share)}%`, "end"));
  }
  for (let tick = first[0]; tick <= last[0]; tick *= 10)
    svg.append(text(across(tick), bottom + 22, tick.toLocaleString("en")));
  svg.append(text((left + right) / 2, height - 6, x));
  const places = points.map((point) => [across(point[0]), up(point[1])]);
  svg.append(shape("polyline", { points: places.join(" ") }));
  for (const [cx, cy] of places) svg.append(shape("circle", { cx, cy, r: 3 }));
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
