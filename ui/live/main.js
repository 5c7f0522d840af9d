// The component: frames of the camera to this device's own models or to the app, answers onto the page.
// Streamlit calls the default export anew for every answer, so all state is kept on the root.

const OFF = "The camera is off.";
const ON_DEVICE = "Computed on this device. No picture leaves it.";
const ON_SERVER = "Computed on the server.";
const NOT_HERE = "Computed on the server, because this device cannot do it here.";
// Streamlit now and then takes the component away and puts it back: where colours change, and where
// a frame comes while the page is drawn anew. A camera that ran is opened again then, and what was
// recorded is still there. A busy machine takes seconds to put it back.
const PUT_BACK_MS = 10_000;
const OVERDUE_MS = 3000; // an answer of the app that takes longer is given up

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
function keptUntilPutBack(camera, recorder) {
  const unwatch = watchNavigation(() => {
    unwatch();
    window.__liveBefore = null;
  });
  return { page: location.pathname, left: performance.now(), camera, recorder, unwatch };
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
  const device = createDeviceReader({
    video,
    isBesideWanted: () => Boolean(component.data.beside),
    onReady: () => {
      view.hint("");
      view.place(ON_DEVICE);
    },
    onAnswer: answeredHere,
    onTrouble: () => {
      isUnable = true;
      if (isReading) read();
    },
  });
  let isUnable = !CAN_READ; // of reading frames on this device
  let isReading = false;
  let observed = { sequence: Date.now(), at: -Infinity, isAwaited: false };
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
    const took = performance.now() - taken;
    measured(took);
    view.show(answer, took);
    liveRegion.announce(answer.spoken);
    tell(answer, taken);
  }

  // Tells the app what this device read, where an activity asks for that: one answer at a time.
  function tell({ hands }, taken) {
    const { observationsPerSecond } = component.data;
    const now = performance.now();
    const isOverdue = now - observed.at > OVERDUE_MS;
    if (!observationsPerSecond || (observed.isAwaited && !isOverdue)) return;
    if (now - observed.at < 1000 / observationsPerSecond) return;
    observed = { sequence: observed.sequence + 1, at: now, isAwaited: true };
    if (recorder.isWanted()) recorder.remember(observed.sequence, picture());
    component.setTriggerValue("frame", {
      sequence: observed.sequence,
      taken,
      hands: hands.map((hand) => hand.observed),
    });
  }

  // The camera's newest picture, in JPEG.
  function picture() {
    const { size } = component.data;
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
    const jpeg = picture();
    recorder.remember(sequence, jpeg);
    component.setTriggerValue("frame", { sequence, jpeg, taken });
  }

  function receive(result) {
    if (result.sequence === observed.sequence) observed.isAwaited = false;
    const took = scheduler.answered(result.sequence, component.data.maxPerSecond, result.busy);
    if (took === null) return;
    measured(took);
    view.show(result, took);
    liveRegion.announce(result.spoken);
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
    view.clear();
    liveRegion.clear();
    view.hint(hint);
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
  find(".go").onclick = () => (running ? stop(OFF) : start());
  find(".device").onchange = () => stream && start();
  find(".mirror").onchange = () => view.mirror(find(".mirror").checked);
  if (before?.camera && root.isConnected) startAgain(before.camera);

  return {
    update(given) {
      const readHere = component && readsHere();
      component = given;
      view.skeleton(component.data.skeleton);
      if (isReading && readsHere() !== readHere) read();
      view.prompt(component.data.prompt);
      recorder.offer(component.data.keeping);
      // A trial counts even where its answer comes too late to be shown.
      recorder.keep(component.data.keepsakes);
      if (component.data.result) receive(component.data.result);
      else scheduler.revive(); // only a new session has no answer
      return ++calls;
    },
    isOvertaken: (call) => call !== calls,
    leave() {
      unwatch();
      const camera = running && {
        chosen: find(".device").value,
        mirrored: find(".mirror").checked,
      };
      window.__liveBefore = leaving ? null : keptUntilPutBack(camera, recorder.state());
      stop(OFF);
      device.dismiss();
    },
  };
}
