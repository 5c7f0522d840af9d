// When a frame is sent: one at a time, none while the tab is hidden, fewer where the server is slow.

const TIMEOUT_MS = 3000; // an answer that takes longer is given up, and the next waits twice as long
const MAX_TIMEOUT_MS = 24000;
const NOT_READY_MS = 100;
const BUSY_MS = 1000; // until the next frame where the server was busy
const SLOW_MS = 250; // from such an answer on, the next frame is held back for a fifth of its time

function createFrameScheduler({ isReady, send, onTimeout }) {
  let timer = 0;
  let waiting = 0;
  let sent = 0;
  let timeout = TIMEOUT_MS;
  let sequence = Date.now(); // never used before in this session, even where the page was left

  function schedule(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(tick, Math.max(0, milliseconds));
  }

  function tick() {
    if (waiting) {
      waiting = 0;
      timeout = Math.min(2 * timeout, MAX_TIMEOUT_MS);
      onTimeout();
    }
    if (document.hidden) return;
    if (!isReady()) return schedule(NOT_READY_MS);
    waiting = ++sequence;
    sent = performance.now();
    schedule(timeout);
    send(waiting, sent);
  }

  function onVisibility() {
    if (!document.hidden && !waiting) schedule(0);
  }

  return {
    start() {
      document.addEventListener("visibilitychange", onVisibility);
      schedule(0);
    },
    stop() {
      document.removeEventListener("visibilitychange", onVisibility);
      clearTimeout(timer);
      waiting = 0;
      timeout = TIMEOUT_MS;
    },
    // For a message that is no frame.
    nextSequence: () => ++sequence,
    // A server that was silent is back, and knows nothing of the frame that was on its way.
    revive() {
      if (!waiting || timeout === TIMEOUT_MS) return;
      waiting = 0;
      timeout = TIMEOUT_MS;
      schedule(0);
    },
    // The milliseconds that an answer took, or null where it is not the one awaited.
    answered(number, mostPerSecond, isBusy = false) {
      if (!waiting || number !== waiting) return null;
      const took = performance.now() - sent;
      waiting = 0;
      timeout = TIMEOUT_MS;
      // Not the same pause for all, so that they do not come back at once.
      const pause = isBusy ? BUSY_MS * (0.75 + 0.5 * Math.random()) : took > SLOW_MS ? took / 5 : 0;
      schedule(Math.max(1000 / mostPerSecond - took, pause));
      return took;
    },
  };
}
