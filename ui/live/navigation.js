// Notices that the person goes to another page of the app, before Streamlit does.
//
// Until the server has drawn the other page, Streamlit sends each frame in the name of this one. The
// server answers such a frame after it has drawn the other page, with a run of this page that has
// nothing in it, and the browser empties the other page for it.

// Calls `onLeave` at every such step; gives a function that ends the watch.
function watchNavigation(onLeave) {
  const path = location.pathname;

  function onClick(event) {
    const link = event.target.closest?.("a[href]");
    const stays =
      !link || link.pathname === path || link.target === "_blank" || link.hasAttribute("download");
    if (!stays) onLeave();
  }
  function onPopState() {
    if (location.pathname !== path) onLeave();
  }

  // Capturing, so that it comes before what Streamlit does with the click.
  document.addEventListener("click", onClick, true);
  window.addEventListener("popstate", onPopState);
  window.addEventListener("pagehide", onLeave);
  return () => {
    document.removeEventListener("click", onClick, true);
    window.removeEventListener("popstate", onPopState);
    window.removeEventListener("pagehide", onLeave);
  };
}
