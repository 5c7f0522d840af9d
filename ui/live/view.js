// Draws answers: numbers large, boxes over the picture, what the model sees, and the pace.

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
  let answers = [];
  let rated = 0;

  function showHands(hands) {
    fitted(find(".hands"), hands.length, newHand).forEach((shown, index) => {
      const { count, which, sure } = hands[index];
      [count, which, sure].forEach((text, line) => setText(shown.children[line], text));
    });
  }

  function showBoxes(hands) {
    const mirrored = stage.classList.contains("mirrored");
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

  function showSeen(result) {
    if (typeof result.seen === "string") drawPicture(result.seen);
    else if (result.seen) drawGrey(result.seen);
    find("figure").hidden = !result.hands.length;
  }

  async function drawPicture(url) {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    find(".seen").getContext("2d").drawImage(picture, 0, 0);
  }

  function drawGrey(levels) {
    const { width, height } = find(".seen");
    const image = new ImageData(width, height);
    levels.forEach((level, pixel) => image.data.set([level, level, level, 255], 4 * pixel));
    find(".seen").getContext("2d").putImageData(image, 0, 0);
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
      `${rate.toFixed(rate < 3 ? 1 : 0)} frames a second, ${median.toFixed(0)} ms from frame to ` +
      `answer, of which recognition takes ${middle(answers.map((answer) => answer.reading)).toFixed(0)} ms.${slow}`;
  }

  return {
    show(result, took) {
      showHands(result.hands);
      setText(find(".message"), result.message);
      showBoxes(result.hands);
      showSeen(result);
      showRate(took, result.milliseconds);
    },
    clear() {
      answers = [];
      rated = 0;
      showHands([]);
      showBoxes([]);
      find("figure").hidden = true;
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
    mirror(mirrored) {
      stage.classList.toggle("mirrored", mirrored);
    },
    proportions(width, height) {
      find(".live").style.setProperty("--ratio", width / height);
    },
  };
}
