// Frames read in this browser by a worker: one at a time, each the camera's newest picture.

// A browser without these has the server read its frames.
const CAN_READ =
  "Worker" in globalThis &&
  "OffscreenCanvas" in globalThis &&
  "WebAssembly" in globalThis &&
  "requestVideoFrameCallback" in HTMLVideoElement.prototype;

// `onProgress` is given the bytes that are loaded, and of how many. `onAnswer` is given an answer, and
// when its frame was there; `onPace` whether this device is slow, where that changes. `onTrouble` says
// that this browser cannot do it.
function createDeviceReader({ video, onProgress, onReady, onAnswer, onPace, onTrouble }) {
  let worker = null;
  let isReady = false;
  let isBusy = false;
  let running = 0; // the start that is going on; 0 where none is
  let starts = 0;
  let taken = 0;
  let wishes = {}; // that go with each frame
  let bytes = 0; // to load
  let pace = createPace();
  let isSlow = false;
  let restsUntil = 0;

  function load(files) {
    bytes = files.bytes;
    worker = new Worker(files.base + files.script);
    worker.onerror = fail;
    worker.onmessage = ({ data }) => {
      if (data.trouble) fail();
      else if (data.loaded) progressed(data.loaded);
      else if (data.ready) ready();
      else answered(data);
    };
    worker.postMessage({ base: new URL(files.base, location.href).href, models: files.models });
  }

  function progressed(loaded) {
    // What is loaded later, for the model beside, is not waited for.
    if (running && !isReady) onProgress(Math.min(loaded, bytes), bytes);
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
    const now = performance.now();
    const wasSlow = isSlow;
    isSlow = pace.after(answer.milliseconds, now);
    // A slow device has as much time for everything else as for reading.
    restsUntil = isSlow ? now + answer.milliseconds : 0;
    if (!running) return;
    onAnswer(answer, taken);
    if (isSlow !== wasSlow) onPace(isSlow);
  }

  function awaitPicture() {
    const mine = running;
    if (!mine || !isReady) return;
    video.requestVideoFrameCallback((now) => {
      if (mine !== running) return;
      if (!isBusy && !document.hidden && now >= restsUntil) send(now);
      awaitPicture();
    });
  }

  async function send(now) {
    isBusy = true;
    taken = now;
    try {
      const frame = await createImageBitmap(video);
      worker?.postMessage({ frame, now: now / 1000, ...wishes }, [frame]);
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
      pace = createPace();
      isSlow = false;
      restsUntil = 0;
      if (!worker) load(files);
      else if (isReady) onReady();
      awaitPicture();
    },
    // From the next frame on.
    set(settings, beside, teach = false) {
      wishes = { settings, beside, teach };
    },
    stop() {
      running = 0;
    },
    dismiss,
  };
}
