// Frames read in this browser by a worker: one at a time, each the camera's newest picture.

const LOADING = "Loading the models onto this device …";

// A browser without these has the server read its frames.
const CAN_READ =
  "Worker" in globalThis &&
  "OffscreenCanvas" in globalThis &&
  "WebAssembly" in globalThis &&
  "requestVideoFrameCallback" in HTMLVideoElement.prototype;

// `isBesideWanted` tells whether the article's models are to read them, too. `onAnswer` is given an
// answer, when its frame was there, and the video's size; `onTrouble` says that this browser cannot do
// it.
function createDeviceReader({ video, isBesideWanted, onReady, onAnswer, onTrouble }) {
  let worker = null;
  let isReady = false;
  let isBusy = false;
  let running = 0; // the start that is going on; 0 where none is
  let starts = 0;
  let taken = 0;

  function load({ base, script, models }) {
    worker = new Worker(base + script);
    worker.onerror = fail;
    worker.onmessage = ({ data }) => {
      if (data.trouble) fail();
      else if (data.ready) ready();
      else answered(data);
    };
    worker.postMessage({ base: new URL(base, location.href).href, models });
  }

  function ready() {
    isReady = true;
    if (running) onReady();
    awaitPicture();
  }

  function fail() {
    dismiss();
    onTrouble();
  }

  function answered(answer) {
    isBusy = false;
    if (running) onAnswer(answer, taken);
  }

  function awaitPicture() {
    const mine = running;
    if (!mine || !isReady) return;
    video.requestVideoFrameCallback((now) => {
      if (mine !== running) return;
      if (!isBusy) send(now);
      awaitPicture();
    });
  }

  async function send(now) {
    isBusy = true;
    taken = now;
    try {
      const frame = await createImageBitmap(video);
      worker?.postMessage({ frame, now: now / 1000, beside: isBesideWanted() }, [frame]);
    } catch {
      isBusy = false; // the camera was stopped, or has no picture yet
    }
  }

  function dismiss() {
    worker?.terminate();
    worker = null;
    isReady = isBusy = false;
    running = 0;
  }

  return {
    start(files) {
      running = ++starts;
      if (!worker) load(files);
      else if (isReady) onReady();
      awaitPicture();
    },
    stop() {
      running = 0;
    },
    dismiss,
  };
}
