// The component: frames of the camera to this device's own models or to the app, answers onto the page.
// Streamlit calls the default export anew for every answer, so all state is kept on the root.

const OFF = "The camera is off.";
const ON_DEVICE = "Computed on this device. No picture leaves it.";
const ON_SERVER = "Computed on the server.";
const NOT_HERE = "Computed on the server, because this device cannot do it here.";
const SLOW_DEVICE =
  "Computed on this device, which is slow: it reads fewer frames. “The server” may be quicker.";
const LOADING = "Loading the models onto this device …";
const OPENING = "Opening this frame in Try it …";
// Streamlit now and then takes the component away and puts it back: where colours change, and where
// a frame comes while the page is drawn anew. A camera that ran is opened again then, and what was
// recorded is still there. A busy machine takes seconds to put it back.
const PUT_BACK_MS = 10_000;
const CONFIRM_MS = 3000; // results that the app has not confirmed by then are sent again

export default function (component) {
  const root = component.parentElement;
  root.__live ??= createLive(root);
  const live = root.__live;
  const call = live.update(component);
  return () => {
    // Streamlit also cleans up after a call that another one overtook, while the root stays in use.
    if (live.isOvertaken(call)) return;
    live.leave();
    root.__live = null;
  };
}

// What the component was at that was here before, unless that was on another page or long ago.
function whatWasBefore() {
  const before = window.__liveBefore;
  before?.unwatch();
  const isPutBack =
    before?.page === location.pathname && performance.now() - before.left < PUT_BACK_MS;
  return isPutBack ? before : undefined;
}

// Forgotten where the person goes to another page in the meantime: a camera that runs again would
// send frames in the name of the page that was left.
function keptUntilPutBack(camera, recorder, activity) {
  const unwatch = watchNavigation(() => {
    unwatch();
    window.__liveBefore = null;
  });
  return { page: location.pathname, left: performance.now(), camera, recorder, activity, unwatch };
}

function createLive(root) {
  const find = (selector) => root.querySelector(selector);
  const video = find("video");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  const view = createView(find);
  const liveRegion = createLiveRegion(find(".spoken"));
  const before = whatWasBefore();
  const recorder = createRecorder(find, before?.recorder);
  const scheduler = createFrameScheduler({
    isReady: () => video.readyState >= 2,
    send,
    onTimeout: view.silence,
  });
  const activity = createActivity({
    find,
    recorder,
    before: before?.activity,
    onBegin: () => running || start(),
    onResult: tell,
  });
  const fullScreen = createFullScreen(find(".live"), find(".full"));
  const loading = createLoading(find(".loading"));
  const device = createDeviceReader({
    video,
    onProgress: loading.show,
    onReady: () => {
      loading.hide();
      view.hint("");
      view.place(ON_DEVICE);
    },
    onAnswer: answeredHere,
    onPace: (isSlow) => view.place(isSlow ? SLOW_DEVICE : ON_DEVICE),
    onTrouble: () => {
      isUnable = true;
      if (isReading) read();
    },
  });
  let isUnable = !CAN_READ; // of reading frames on this device
  let isReading = false;
  let frame = ""; // the picture that the server reads
  let retry = 0;
  let component = null;
  let stream = null;
  let running = false;
  let attempt = 0; // a camera that opens after it was given up is closed at once
  let calls = 0;
  let leaving = false; // for another page

  const readsHere = () => component.data.engine !== null && !isUnable;

  // From now on, on this device or by the server, whichever it is to be.
  function read() {
    isReading = true;
    scheduler.stop();
    device.stop();
    loading.hide();
    view.hint("");
    if (readsHere()) {
      view.hint(LOADING);
      device.start(component.data.engine);
    } else {
      view.place(component.data.onDevice ? NOT_HERE : ON_SERVER);
      scheduler.start();
    }
  }

  function answeredHere(answer, taken) {
    view.proportions(video.videoWidth, video.videoHeight);
    answered(answer, performance.now() - taken, taken, picture);
  }

  function answered(answer, took, taken, jpeg) {
    measured(took);
    view.show(answer, took);
    liveRegion.announce(answer.spoken);
    activity.observe(
      answer.hands.map((hand) => hand.observed),
      taken / 1000,
      jpeg,
    );
  }

  // Tells the app the results that it has not confirmed. Frames that it reads bring them along.
  function tell() {
    clearTimeout(retry);
    const results = component && activity.results(component.data.maxResults);
    if (!results || leaving) return;
    retry = setTimeout(tell, CONFIRM_MS);
    if (isReading && !readsHere()) return;
    component.setTriggerValue("frame", {
      sequence: scheduler.nextSequence(),
      taken: performance.now(),
      ...results,
    });
  }

  // The camera's newest picture, in JPEG.
  function picture(size = component.data.size) {
    const scale = Math.min(1, size / Math.max(video.videoWidth, video.videoHeight));
    const [width, height] = [video.videoWidth, video.videoHeight].map((side) =>
      Math.round(side * scale),
    );
    if (canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
      view.proportions(width, height);
    }
    context.drawImage(video, 0, 0, width, height);
    return canvas.toDataURL("image/jpeg", 0.8);
  }

  function send(sequence, taken) {
    frame = picture();
    component.setTriggerValue("frame", {
      sequence,
      taken,
      jpeg: frame,
      ...activity.results(component.data.maxResults),
    });
  }

  function receive(result) {
    const took = scheduler.answered(result.sequence, component.data.maxPerSecond, result.busy);
    if (took === null) return;
    answered(result, took, performance.now() - took, () => frame);
  }

  // Sends the one frame that the person pressed for. The camera goes off, and with it the page.
  function open() {
    const jpeg = picture(component.data.photoSize);
    leaving = true;
    stop(OPENING);
    component.setTriggerValue("photo", jpeg);
  }

  // Seen by the browser's own performance tools; kept there, they would pile up.
  function measured(took) {
    performance.measure("live answer", { start: performance.now() - took, duration: took });
    performance.clearMeasures("live answer");
  }

  function stop(hint, label = "Start the camera") {
    attempt += 1;
    running = isReading = false;
    scheduler.stop();
    device.stop();
    if (stream) closeCamera(stream);
    stream = video.srcObject = null;
    find(".go").textContent = label;
    find(".open").disabled = true;
    loading.hide();
    view.clear();
    liveRegion.clear();
    view.hint(hint);
    tell();
  }

  async function start(camera = find(".device").value) {
    stop("Waiting for the camera …", "Cancel");
    running = true;
    leaving = false;
    const mine = attempt;
    try {
      const opened = await openCamera(camera);
      if (mine !== attempt) return closeCamera(opened);
      adopt(opened);
      await video.play();
      await listCameras(find(".device"), camera);
    } catch (error) {
      // What went wrong after the person stopped, or left the page, is no news.
      if (mine === attempt) stop(cameraTrouble(error), "Try again");
      return;
    }
    if (mine !== attempt) return;
    find(".go").textContent = "Stop the camera";
    find(".open").disabled = false;
    read();
  }

  function adopt(opened) {
    stream = video.srcObject = opened;
    const [track] = opened.getVideoTracks();
    track.onended = () => stop(TAKEN_AWAY, "Try again");
    track.onmute = () => view.hint(NO_PICTURE);
    track.onunmute = () => view.hint("");
    find(".mirror").checked = !facesAway(opened) && find(".device").value !== "environment";
    view.mirror(find(".mirror").checked);
  }

  async function startAgain({ chosen, mirrored }) {
    await start(chosen);
    find(".mirror").checked = mirrored;
    view.mirror(mirrored);
  }

  const unwatch = watchNavigation(() => {
    leaving = true;
    stop(OFF);
  });
  const unwatchKeys = watchKeys((key) => {
    if (key !== "F" || find(".full").hidden) return activity.press(key);
    fullScreen.toggle();
    return true;
  });
  find(".open").onclick = open;
  find(".go").onclick = () => (running ? stop(OFF) : start());
  find(".device").onchange = () => stream && start();
  find(".mirror").onchange = () => view.mirror(find(".mirror").checked);
  if (before?.camera && root.isConnected) startAgain(before.camera);

  return {
    update(given) {
      const readHere = component && readsHere();
      component = given;
      device.set(component.data.settings, Boolean(component.data.beside));
      view.skeleton(component.data.skeleton);
      if (isReading && readsHere() !== readHere) read();
      activity.update(component.data.task, component.data.confirmed);
      recorder.offer(component.data.task?.kind === "test");
      if (component.data.result) receive(component.data.result);
      else scheduler.revive(); // only a new session has no answer
      // What was not confirmed before Streamlit put the component back.
      if (!calls) tell();
      return ++calls;
    },
    isOvertaken: (call) => call !== calls,
    leave() {
      unwatch();
      const camera = running && {
        chosen: find(".device").value,
        mirrored: find(".mirror").checked,
      };
      window.__liveBefore = leaving
        ? null
        : keptUntilPutBack(camera, recorder.state(), activity.state());
      leaving = true;
      stop(OFF);
      unwatchKeys();
      fullScreen.end();
      device.dismiss();
    },
  };
}
