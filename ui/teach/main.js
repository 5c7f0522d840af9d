// The component: the camera's frames become features on this device, which alone are sent; the head that
// the server fits to them answers here.
// Streamlit calls the default export anew for every change, so all state is kept on the root.

const OFF = "The camera is off.";
const HERE = "Pictures stay on this device. Only 128 numbers of each sample are sent.";
const LOADING = "Loading the models onto this device …";
const NOT_HERE = "This browser cannot read the camera itself. Drop photos below instead.";
const MOST = 30; // samples of a recording
const EVERY_MS = 100; // so that they take three seconds
const BEGIN = "Name a sign, show it, and hold its button.";
const NOTHING = { record: null, rename: null, drop: null, add: false, remove: null, undo: false };

export default function (component) {
  const root = component.parentElement;
  root.__teach ??= createTeach(root);
  const teach = root.__teach;
  const call = teach.update(component);
  return () => {
    // Streamlit also cleans up after a call that another one overtook, while the root stays in use.
    if (teach.isOvertaken(call)) return;
    teach.leave();
    root.__teach = null;
  };
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

// As many children as there are things to show; they stay where they are.
function fitted(parent, count, make) {
  while (parent.children.length > count) parent.lastChild.remove();
  while (parent.children.length < count) parent.append(make());
  return [...parent.children];
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function createTeach(root) {
  const find = (selector) => root.querySelector(selector);
  const video = find("video");
  const loading = createLoading(find(".loading"));
  let component = null;
  let sequence = Date.now();
  let calls = 0;
  let stream = null;
  let attempt = 0;
  let isReading = false;
  let gathering = null; // { sign, samples, pictures, newest }
  let said = "";

  const act = (change) =>
    component.setTriggerValue("change", { ...NOTHING, ...change, sequence: ++sequence });
  const samples = createSamples(find(".samples"), (recording, place) =>
    act({ drop: { recording, place } }),
  );
  const signs = createSigns(find(".signs"), {
    onHold(sign) {
      gathering = { sign, samples: [], pictures: [], newest: 0 };
    },
    onRelease(sign) {
      if (gathering?.sign === sign) release();
    },
    onRename: (sign, name) => act({ rename: { sign, name } }),
    onRemove: (remove) => act({ remove }),
  });
  const device = createDeviceReader({
    video,
    onProgress: loading.show,
    onReady() {
      loading.hide();
      hint("");
      setText(find(".place"), HERE);
    },
    onAnswer: answered,
    onPace() {},
    onTrouble: () => stop(NOT_HERE),
  });

  const hint = (text) => setText(find(".hint"), text);

  function answered(answer) {
    drawBox(answer.hands[0]);
    if (!answer.features) return;
    isReading || begun();
    gather(answer);
    const { head } = component.data;
    if (head) say(head, headProbabilities(head, answer.features));
  }

  function begun() {
    isReading = true;
    draw();
  }

  function gather({ features, seen }) {
    const now = performance.now();
    if (!gathering || now - gathering.newest < EVERY_MS) return;
    gathering.newest = now;
    gathering.samples.push(Array.from(features, (each) => Math.round(1e4 * each) / 1e4));
    gathering.pictures.push(thumbnail(seen));
    signs.count(gathering.sign, gathering.samples.length);
    if (gathering.samples.length === MOST) release();
  }

  function release() {
    const { sign, samples: taken, pictures } = gathering;
    gathering = null;
    if (!taken.length) return draw();
    samples.keep(pictures);
    act({ record: { sign, samples: taken } });
  }

  function say(head, probabilities) {
    const likely = headAnswer(head, probabilities);
    signs.shares(probabilities, likely);
    drawShare(find(".none"), probabilities.at(-1), likely < 0);
    const name = component.data.signs[likely]?.name ?? "None of these";
    setText(find(".said"), name);
    if (name !== said) setText(find(".spoken"), name);
    said = name;
  }

  function drawBox(hand) {
    const isMirrored = find(".stage").classList.contains("mirrored");
    fitted(find(".boxes"), hand ? 1 : 0, () => element("div", "box")).forEach((box) => {
      const [x0, y0, x1, y1] = hand.box.map((each) => 100 * each);
      const left = isMirrored ? 100 - x1 : x0;
      box.style.cssText = `left:${left}%;top:${y0}%;width:${x1 - x0}%;height:${y1 - y0}%`;
    });
  }

  function draw() {
    const { signs: taught, most, undo, head } = component.data;
    if (!gathering) signs.draw(taught, isReading);
    samples.draw(taught);
    find(".add").disabled = taught.length >= most;
    find(".undo").disabled = !undo;
    find(".none").hidden = !head;
    if (head) return;
    said = "";
    setText(find(".said"), BEGIN);
    signs.shares([], -1);
  }

  function stop(text, label = "Start the camera") {
    attempt += 1;
    gathering = null;
    isReading = false;
    device.stop();
    if (stream) closeCamera(stream);
    stream = video.srcObject = null;
    setText(find(".go"), label);
    loading.hide();
    drawBox();
    hint(text);
    if (component) draw();
  }

  async function start() {
    const { engine } = component.data;
    if (!CAN_READ || !engine) return stop(NOT_HERE);
    const choice = find(".device").value;
    stop("Waiting for the camera …");
    const mine = attempt;
    try {
      const opened = await openCamera(choice);
      if (mine !== attempt) return closeCamera(opened);
      stream = video.srcObject = opened;
      opened.getVideoTracks()[0].onended = () => stop(TAKEN_AWAY, "Try again");
      find(".mirror").checked = !facesAway(opened) && choice !== "environment";
      mirror();
      await video.play();
      await listCameras(find(".device"), choice);
    } catch (error) {
      if (mine === attempt) stop(cameraTrouble(error), "Try again");
      return;
    }
    if (mine !== attempt) return;
    setText(find(".go"), "Stop the camera");
    hint(LOADING);
    device.start(engine);
  }

  const mirror = () => find(".stage").classList.toggle("mirrored", find(".mirror").checked);
  const unwatch = watchNavigation(() => stop(OFF));
  find(".go").onclick = () => (stream ? stop(OFF) : start());
  find(".device").onchange = () => stream && start();
  find(".mirror").onchange = mirror;
  find(".add").onclick = () => act({ add: true });
  find(".undo").onclick = () => act({ undo: true });

  return {
    update(given) {
      component = given;
      device.set(component.data.settings, false, true);
      draw();
      return ++calls;
    },
    isOvertaken: (call) => call !== calls,
    leave() {
      unwatch();
      stop(OFF);
      device.dismiss();
    },
  };
}
