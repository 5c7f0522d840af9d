// Sends camera frames to the app, one at a time, and draws its answers over the picture.
// Streamlit calls the default export anew for every answer, so all state is kept on the root.

const WATCHDOG_MS = 3000; // an answer that takes longer is given up
const HIDDEN_MS = 400; // how often a hidden tab looks whether it is seen again
const BUSY_MS = 1000; // until the next frame where the server was busy
const SPOKEN_MS = 1500; // an answer is spoken when it has stood so long

const ERRORS = {
  NotAllowedError: "The camera is not allowed. Allow it in the browser's address bar, then start again.",
  NotFoundError: "No camera was found. Plug one in, then start again.",
  NotReadableError: "Another program uses the camera. Close it there, then start again.",
  OverconstrainedError: "This camera cannot be used. Choose another one.",
};

export default function (component) {
  const root = component.parentElement;
  let live = root.__live;
  if (!live) live = root.__live = createLive(root);
  live.component = component;
  live.settings = component.data;
  if (component.data.result) live.receive(component.data.result);
  return () => {
    live.stop("The camera is off.");
    root.__live = null;
  };
}

function createLive(root) {
  const find = (selector) => root.querySelector(selector);
  const video = find("video");
  const live = { sequence: 0, waiting: 0, sent: 0, stream: null, timer: 0, answers: [], spoken: "" };
  const canvas = document.createElement("canvas");

  live.schedule = (milliseconds) => {
    clearTimeout(live.timer);
    live.timer = setTimeout(live.tick, Math.max(0, milliseconds));
  };

  live.stop = (message) => {
    clearTimeout(live.timer);
    clearTimeout(live.speaking);
    if (live.stream) live.stream.getTracks().forEach((track) => track.stop());
    live.stream = null;
    live.waiting = 0;
    live.answers = [];
    video.srcObject = null;
    find(".go").textContent = "Start the camera";
    find(".hint").textContent = message;
    find(".hint").hidden = false;
    find(".answer").textContent = "–";
    find(".sureness").textContent = find(".rate").textContent = "";
    find(".seen").hidden = find("figcaption").hidden = true;
    drawBoxes([]);
  };

  live.start = async () => {
    if (!navigator.mediaDevices?.getUserMedia) {
      live.stop("A camera needs a secure address: https:// or localhost.");
      return;
    }
    find(".hint").textContent = "Waiting for the camera …";
    const chosen = find("select").value;
    const facing = find(".rear").checked ? "environment" : "user";
    const wanted = chosen ? { deviceId: { exact: chosen } } : { facingMode: facing };
    try {
      live.stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { ...wanted, width: { ideal: 640 }, height: { ideal: 480 } },
      });
    } catch (error) {
      live.stop(ERRORS[error.name] ?? `The camera cannot be used (${error.name}).`);
      return;
    }
    // The page may have been left while the browser asked.
    if (!root.isConnected) return live.stop("The camera is off.");
    live.stream.getVideoTracks()[0].onended = () =>
      live.stop("The camera was unplugged or taken away. Start it again.");
    root.querySelector(".stage").classList.toggle("mirrored", !find(".rear").checked);
    video.srcObject = live.stream;
    await video.play();
    find(".hint").hidden = true;
    find(".go").textContent = "Stop the camera";
    await listCameras();
    live.schedule(0);
  };

  live.tick = () => {
    if (!live.stream) return;
    const now = performance.now();
    if (live.waiting && now - live.sent < WATCHDOG_MS) return live.schedule(WATCHDOG_MS - (now - live.sent));
    if (live.waiting) find(".rate").textContent = "The server is slow or away; trying again.";
    if (document.hidden || video.readyState < 2) return live.schedule(HIDDEN_MS);
    const scale = Math.min(1, live.settings.size / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    live.waiting = ++live.sequence;
    live.sent = now;
    live.component.setTriggerValue("frame", {
      sequence: live.sequence,
      jpeg: canvas.toDataURL("image/jpeg", 0.8),
    });
    live.schedule(WATCHDOG_MS);
  };

  live.receive = (result) => {
    if (!live.stream || result.sequence !== live.waiting) return;
    const now = performance.now();
    const roundTrip = now - live.sent;
    live.waiting = 0;
    live.answers = [...live.answers.filter((time) => now - time < 2000), now];
    find(".answer").textContent = result.answer;
    find(".sureness").textContent = result.sureness;
    find(".rate").textContent =
      `${(live.answers.length / 2).toFixed(0)} answers a second, ` +
      `${roundTrip.toFixed(0)} ms there and back, ${result.milliseconds.toFixed(0)} of it reading`;
    find(".seen").hidden = find("figcaption").hidden = !result.seen;
    if (result.seen) find(".seen").src = result.seen;
    drawBoxes(result.boxes);
    speak(result.answer);
    // A busy server gets a pause, not the same for all, so that they do not come back at once; one
    // that is slow for all gets pauses as long as a fifth of what it took.
    const pause = result.busy ? BUSY_MS * (0.75 + 0.5 * Math.random()) : roundTrip > 250 ? roundTrip / 5 : 0;
    live.schedule(Math.max(1000 / live.settings.most - roundTrip, pause));
  };

  function drawBoxes(boxes) {
    const overlay = find(".boxes");
    const width = (overlay.width = overlay.clientWidth);
    const height = (overlay.height = overlay.clientHeight);
    if (!video.videoWidth) return;
    // The picture covers the stage, so that a part of it may be cut off on two sides.
    const scale = Math.max(width / video.videoWidth, height / video.videoHeight);
    const shownWidth = video.videoWidth * scale;
    const shownHeight = video.videoHeight * scale;
    const mirrored = find(".stage").classList.contains("mirrored");
    const context = overlay.getContext("2d");
    context.font = "600 20px sans-serif";
    for (const { box, label } of boxes) {
      const [x0, y0, x1, y1] = box;
      const left = (mirrored ? 1 - x1 : x0) * shownWidth + (width - shownWidth) / 2;
      const top = y0 * shownHeight + (height - shownHeight) / 2;
      const size = [(x1 - x0) * shownWidth, (y1 - y0) * shownHeight];
      for (const [line, colour] of [[6, "#000"], [3, "#fff"]]) {
        context.lineWidth = line;
        context.strokeStyle = colour;
        context.strokeRect(left, top, ...size);
      }
      const textWidth = context.measureText(label).width + 12;
      context.fillStyle = "#000c";
      context.fillRect(left, top, textWidth, 28);
      context.fillStyle = "#fff";
      context.fillText(label, left + 6, top + 21);
    }
  }

  function speak(answer) {
    if (answer === live.spoken) return;
    live.spoken = answer;
    clearTimeout(live.speaking);
    live.speaking = setTimeout(() => (find(".spoken").textContent = answer), SPOKEN_MS);
  }

  async function listCameras() {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(
      (device) => device.kind === "videoinput" && device.deviceId,
    );
    const select = find("select");
    const current = live.stream?.getVideoTracks()[0]?.getSettings().deviceId ?? "";
    select.replaceChildren(
      ...cameras.map((camera, index) => new Option(camera.label || `Camera ${index + 1}`, camera.deviceId)),
    );
    select.value = current;
    find(".which").hidden = cameras.length < 2;
  }

  find(".go").onclick = () => (live.stream ? live.stop("The camera is off.") : live.start());
  find("select").onchange = () => {
    live.stop("Changing the camera …");
    live.start();
  };
  find(".rear").onchange = () => {
    if (!live.stream) return;
    find("select").replaceChildren();
    live.stop("Changing the camera …");
    live.start();
  };
  return live;
}
