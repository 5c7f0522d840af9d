// Draws answers: numbers large, boxes over the picture, what the model sees, and the pace. Other files
// draw skeletons, bars, the last seconds, and what the article's models say.

const RATE_EVERY_MS = 500; // numbers that change faster cannot be read
const RATE_OVER_MS = 2000;
const SLOW_CONNECTION_MS = 1000;
const LABEL_HEIGHT = 0.12; // of the picture, at most

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

// As many children as there are things to show. They stay where they are from answer to answer, so
// that a screen reader's place in them is not lost.
function fitted(parent, count, make) {
  while (parent.children.length > count) parent.lastChild.remove();
  while (parent.children.length < count) parent.append(make());
  return [...parent.children];
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const middle = (numbers) =>
  numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];
const newHand = () =>
  element("div", "hand", element("p", "count"), element("p", "which"), element("p", "sure"));
const newBox = () => element("div", "box", element("span", ""));

function createView(find) {
  const stage = find(".stage");
  const skeleton = createSkeleton(find(".skeleton"));
  const bars = createBars(find(".bars"));
  const timeline = createTimeline(find(".strip"));
  const beside = createBeside(find(".beside"), find(".score"));
  let answers = [];
  let rated = 0;
  let ratio = 0;

  const isMirrored = () => stage.classList.contains("mirrored");

  // As they lie in the picture, from the left: which one is the most probable changes too often.
  function inOrder(hands) {
    const centre = ({ box: [x0, , x1] }) => x0 + x1;
    const sign = isMirrored() ? -1 : 1;
    return hands.toSorted((one, other) => sign * (centre(one) - centre(other)));
  }

  function showHands(hands) {
    find(".total").hidden = hands.length < 2;
    setText(find(".sum"), String(fingersOf(hands) ?? "?"));
    fitted(find(".hands"), hands.length, newHand).forEach((shown, index) => {
      const { count, which, sure } = hands[index];
      [count, which, sure].forEach((text, line) => setText(shown.children[line], text));
    });
  }

  function showBoxes(hands) {
    const mirrored = isMirrored();
    fitted(find(".boxes"), hands.length, newBox).forEach((shown, index) => {
      const {
        box: [x0, y0, x1, y1],
        label,
      } = hands[index];
      const left = mirrored ? 1 - x1 : x0;
      const above = y0 > LABEL_HEIGHT;
      shown.classList.toggle("above", above);
      shown.classList.toggle("below", !above && y1 < 1 - LABEL_HEIGHT);
      shown.classList.toggle("towards-left", left > 0.5);
      shown.style.left = `${100 * left}%`;
      shown.style.top = `${100 * y0}%`;
      shown.style.width = `${100 * (x1 - x0)}%`;
      shown.style.height = `${100 * (y1 - y0)}%`;
      setText(shown.firstChild, label);
    });
  }

  function showSeen({ hands, seen }) {
    if (typeof seen === "string") drawPicture(seen);
    else drawSquare(find(".seen"), seen);
    if (seen) find(".model").hidden = false;
    // The picture is of the most probable hand, which comes first.
    setText(find(".model .label"), hands.length ? hands[0].label : "");
  }

  async function drawPicture(url) {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    find(".seen").getContext("2d").drawImage(picture, 0, 0);
  }

  function showRate(took, reading) {
    const now = performance.now();
    const recent = answers.filter(({ at }) => now - at < RATE_OVER_MS);
    answers = [...recent, { at: now, took, reading }];
    if (now - rated < RATE_EVERY_MS) return;
    rated = now;
    const median = middle(answers.map((answer) => answer.took));
    const over = Math.max(now - answers[0].at, took) / 1000;
    const rate = Math.max(answers.length - 1, 1) / over;
    const slow = median > SLOW_CONNECTION_MS ? " The connection or the server is slow." : "";
    find(".rate").textContent =
      `${rate.toFixed(rate < 3 ? 1 : 0)} frames a second, ${median.toFixed(0)} ms a frame, ` +
      `${middle(answers.map((answer) => answer.reading)).toFixed(0)} of it to recognise.${slow}`;
  }

  return {
    show(result, took) {
      const hands = inOrder(result.hands);
      showHands(hands);
      setText(find(".message"), result.message);
      showBoxes(hands);
      skeleton.draw(hands);
      bars.draw(hands);
      timeline.add(hands);
      showSeen(result);
      beside.draw(result.beside);
      showRate(took, result.milliseconds);
    },
    clear() {
      answers = [];
      rated = 0;
      showHands([]);
      showBoxes([]);
      skeleton.draw([]);
      bars.draw([]);
      timeline.clear();
      beside.clear();
      find(".model").hidden = true;
      find(".message").textContent = find(".rate").textContent = "";
      find(".place").textContent = "";
    },
    silence() {
      find(".rate").textContent = "The server does not answer. Trying again …";
    },
    place(text) {
      find(".place").textContent = text;
    },
    hint(text) {
      find(".hint").textContent = text;
      find(".hint").hidden = !text;
    },
    skeleton(isShown) {
      find(".skeleton").toggleAttribute("hidden", !isShown);
    },
    mirror(mirrored) {
      stage.classList.toggle("mirrored", mirrored);
    },
    proportions(width, height) {
      if (width / height === ratio) return;
      ratio = width / height;
      find(".live").style.setProperty("--ratio", ratio);
      skeleton.proportions(ratio);
    },
  };
}
