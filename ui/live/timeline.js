// What was answered in the last seconds, as a stepped line: the fingers of all hands, with gaps where
// there was no hand or no sure count.

const TIMELINE_MS = 20_000;
const STANDS_MS = 500; // for which an answer stands where no other follows
const MOST_OF_ONE_HAND = 5;

const fingersOf = (hands) => {
  const counts = hands.map(({ count }) => Number(count));
  return counts.length && !counts.some(Number.isNaN)
    ? counts.reduce((sum, count) => sum + count)
    : null;
};

function createTimeline(figure) {
  const line = figure.querySelector("path");
  const drawing = figure.querySelector("svg");
  const scale = figure.querySelector(".counts");
  let runs = []; // { count, from, to }: of equal answers, the newest last
  let top = 0;

  function add(count, now) {
    const last = runs.at(-1);
    if (last && now - last.to < STANDS_MS) last.to = now;
    if (last?.count !== count || last.to !== now) runs.push({ count, from: now, to: now });
    while (now - runs[0].to > TIMELINE_MS) runs.shift();
  }

  function rescale() {
    const highest = Math.max(MOST_OF_ONE_HAND, ...runs.map(({ count }) => count ?? 0));
    if (highest === top) return;
    top = highest;
    const step = Math.ceil(top / MOST_OF_ONE_HAND);
    const counts = Array.from({ length: Math.floor(top / step) + 1 }, (_, place) => place * step);
    scale.replaceChildren(
      ...counts.map((count) => {
        const label = element("span", "tick", String(count));
        label.style.bottom = `${(100 * count) / top}%`;
        return label;
      }),
    );
    drawing.setAttribute("viewBox", `0 0 ${TIMELINE_MS} ${top}`);
  }

  function draw(now) {
    const x = (time) => Math.round(Math.max(0, TIMELINE_MS - (now - time)));
    let path = "";
    let before = null;
    for (const run of runs) {
      const follows = before !== null && before.count !== null && before.to === run.from;
      if (run.count !== null)
        path += `${follows ? "V" : `M${x(run.from)} `}${top - run.count}H${x(run.to)}`;
      before = run;
    }
    line.setAttribute("d", path);
  }

  return {
    add(hands) {
      const now = performance.now();
      add(fingersOf(hands), now);
      rescale();
      draw(now);
      figure.hidden = false;
    },
    clear() {
      runs = [];
      figure.hidden = true;
    },
  };
}
