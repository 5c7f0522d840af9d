// Keys of the page, where no text is being typed.

const TYPED = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

// `onKey` is given the key's letter, and says whether it did something. Gives a function that ends it.
function watchKeys(onKey) {
  function onKeyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    // The element itself, which Streamlit keeps in a shadow tree.
    if (event.composedPath()[0].matches?.(TYPED)) return;
    if (onKey(event.key.toUpperCase())) event.preventDefault();
  }
  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}
