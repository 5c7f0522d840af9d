// What runs before Streamlit's own code.

// It would ask for the server under each page's own address first, which is answered 404.
window.__streamlit = { BACKEND_BASE_URL: location.origin };

// It makes an entry of the history for each setting that the server corrects in the address, and
// going back would stop at all of them.
const push = history.pushState.bind(history);
history.pushState = (state, unused, url) => {
  const isSamePage = new URL(url ?? "", location.href).pathname === location.pathname;
  if (isSamePage) history.replaceState(state, unused, url);
  else push(state, unused, url);
};

// What stands in for the page goes as soon as the page has an answer or says what is missing.
const shown = "[data-testid=stMain] :is(h1, [role=status], [role=alert]), [role=dialog]";
new MutationObserver((_changes, observer) => {
  if (!document.querySelector(shown)) return;
  document.getElementById("standin")?.remove();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });

// A browser that has nothing else to do loads what Live needs, so that Live answers sooner.
const LIVE = "/live";
const PATIENCE = 4000;
const IDLE = { timeout: 60_000 };
const later = () => document.querySelector('meta[name="later"]')?.content.split(" ") ?? [];
const isCostly = () => {
  const line = navigator.connection;
  return line?.saveData || (line?.effectiveType ?? "4g") !== "4g";
};
const loadOne = async ([address, ...others]) => {
  if (!address || location.pathname === LIVE) return;
  await (await fetch(address, { priority: "low" })).arrayBuffer();
  whenIdle(others);
};
const whenIdle = (addresses) => {
  const begin = () => loadOne(addresses).catch(() => undefined);
  if (window.requestIdleCallback) requestIdleCallback(begin, IDLE);
};
addEventListener("load", () => {
  setTimeout(() => isCostly() || whenIdle(later()), PATIENCE);
});
