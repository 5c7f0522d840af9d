// How probable each answer is, as bars, for the first two hands.

const CHARTS = 2;

// Never rounded to certainty.
function shareText(share) {
  if (share > 0.99) return ">99%";
  return share < 0.01 ? "<1%" : `${Math.round(100 * share)}%`;
}

const newBar = () =>
  element(
    "div",
    "answer",
    element("span", "name"),
    element("span", "track", element("span", "fill")),
    element("span", "share"),
  );

// `drawing` is not spoken: what it shows is, where it changes.
function createBars(drawing) {
  return {
    draw(hands) {
      const shown = hands.slice(0, CHARTS);
      const newChart = () => element("div", "chart");
      fitted(drawing, shown.length, newChart).forEach((chart, index) => {
        const { bars } = shown[index];
        fitted(chart, bars.length, newBar).forEach((bar, place) => {
          const [name, share] = bars[place];
          const [label, track, text] = bar.children;
          setText(label, name);
          track.firstChild.style.transform = `scaleX(${share.toFixed(3)})`;
          setText(text, shareText(share));
          bar.classList.toggle("likely", share > 0.5);
        });
      });
    },
  };
}
