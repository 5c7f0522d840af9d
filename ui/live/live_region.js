// Speaks answers through a live region: only changed ones that stand, never in quick succession.

const SETTLED_MS = 700;
const MIN_PAUSE_MS = 2000;

function createLiveRegion(region) {
  let timer = 0;
  let wanted = "";
  let spoken = "";
  let spokenAt = -Infinity;

  function speak() {
    timer = 0;
    if (wanted === spoken) return;
    spoken = region.textContent = wanted;
    spokenAt = performance.now();
  }

  return {
    announce(text) {
      if (text === wanted) return;
      wanted = text;
      clearTimeout(timer);
      timer = setTimeout(speak, Math.max(SETTLED_MS, spokenAt + MIN_PAUSE_MS - performance.now()));
    },
    clear() {
      clearTimeout(timer);
      wanted = spoken = region.textContent = "";
    },
  };
}
