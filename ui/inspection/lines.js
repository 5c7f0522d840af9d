// Lines between pictures that are connected.

/** Of pixels, from which columns stand beside each other, as in the styles. */
const NARROW = 660;

/** @param {HTMLElement} stage */
function createLines(stage) {
  const svg = /** @type {SVGElement} */ (stage.querySelector(".links"));
  /** @type {{ from: HTMLElement, to: HTMLElement, part: number, kind: string }[]} */
  const waiting = [];

  /**
   * A line for or against, as strong as its part of the strongest.
   * @param {HTMLElement} from
   * @param {HTMLElement} to
   * @param {number} sign
   * @param {number} part
   * @param {string} extra
   */
  function add(from, to, sign, part, extra = "") {
    if (!from || !to) return;
    waiting.push({ from, to, part, kind: `${sign < 0 ? "against" : "for"} ${extra}` });
  }

  /** All places are read before anything is drawn, since each change would make the next wait. */
  function draw() {
    const base = stage.getBoundingClientRect();
    const paths = waiting.map(({ from, to, part, kind }) => {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute(
        "d",
        curve(base, from.getBoundingClientRect(), to.getBoundingClientRect(), base.width < NARROW),
      );
      path.setAttribute("class", kind);
      path.style.opacity = String(0.15 + 0.75 * part);
      path.style.strokeWidth = String(0.75 + 2.25 * part);
      return path;
    });
    svg.replaceChildren(...paths);
    for (const { from, to } of waiting) {
      from.classList.add("joined");
      to.classList.add("joined");
    }
    waiting.length = 0;
  }

  return { add, draw, clear: () => svg.replaceChildren() };
}

/**
 * From the edge of one box to the edge of another that stands right of it, or below.
 * @param {DOMRect} base
 * @param {DOMRect} from
 * @param {DOMRect} to
 * @param {boolean} isNarrow
 */
function curve(base, from, to, isNarrow) {
  const isBelow = isNarrow && to.top > from.bottom;
  const [x0, x1] = isBelow
    ? [(from.left + from.right) / 2, (to.left + to.right) / 2]
    : [from.right, to.left];
  const [y0, y1] = isBelow
    ? [from.bottom, to.top]
    : [(from.top + from.bottom) / 2, (to.top + to.bottom) / 2];
  const [dx, dy] = isBelow ? [0, (y1 - y0) / 2] : [(x1 - x0) / 2, 0];
  const places = [
    [x0, y0],
    [x0 + dx, y0 + dy],
    [x1 - dx, y1 - dy],
    [x1, y1],
  ].map(([x, y]) => `${x - base.left} ${y - base.top}`);
  return `M${places[0]}C${places.slice(1).join(" ")}`;
}
