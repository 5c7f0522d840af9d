// Keys of a presentation: arrows, a clicker's Page Up and Page Down, Home and End, a number and Enter.

const BUSY =
  "input, textarea, select, [contenteditable], [role=radiogroup], [role=dialog], [data-testid=stPopoverBody]";
const FORGET_MILLISECONDS = 3000;

// `go` is given a step from 1, which may be out of range; `at` tells where the slides stand.
function watchShowKeys(at, go, toggleFull) {
  let typed = "";
  let typedAt = 0;
  const steps = {
    ArrowRight: () => at() + 1,
    PageDown: () => at() + 1,
    ArrowLeft: () => at() - 1,
    PageUp: () => at() - 1,
    Home: () => 1,
    End: () => Infinity,
  };

  function onKeyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath().some((each) => each.matches?.(BUSY))) return;
    if (/^\d$/.test(event.key)) {
      if (event.timeStamp - typedAt > FORGET_MILLISECONDS) typed = "";
      typed = `${typed}${event.key}`.slice(-2);
      typedAt = event.timeStamp;
    } else if (event.key === "Enter" && typed) {
      go(Number(typed));
      typed = "";
    } else if (event.key in steps) {
      go(steps[event.key]());
    } else if (event.key === "f") {
      toggleFull();
    } else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}
