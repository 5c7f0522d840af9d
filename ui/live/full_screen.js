// The whole component on the whole screen, for a projector; without the button where that is impossible.

function createFullScreen(section, button) {
  button.hidden = !document.fullscreenEnabled;

  const isFull = () => section.getRootNode().fullscreenElement === section;

  function toggle() {
    // What the browser refuses, as without a click, changes nothing.
    (isFull() ? document.exitFullscreen() : section.requestFullscreen()).catch(() => {});
  }

  function show() {
    section.classList.toggle("projector", isFull());
    button.firstChild.textContent = isFull() ? "Leave full screen" : "Full screen";
  }

  document.addEventListener("fullscreenchange", show);
  button.onclick = toggle;
  return {
    toggle,
    end: () => document.removeEventListener("fullscreenchange", show),
  };
}
