// Draws answers: numbers large, boxes over the picture, what the model sees, and the pace.

const RATE_EVERY_MS = 500; // numbers that change faster cannot be read
const RATE_OVER_MS = 2000;
const SLOW_CONNECTION_MS = 1000;

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function createView(find) {
  const stage = find(".stage");
  let answers = [];
  let rated = 0;

  function showHands(hands) {
    find(".hands").replaceChildren(
      ...hands.map(({ count, which, sure }) => {
        const hand = element("div", "hand", "");
        hand.append(element("p", "count", count), element("p", "which", which), element("p", "sure", sure));
        return hand;
      }),
    );
  }

  function showBoxes(hands) {
    const mirrored = stage.classList.contains("mirrored");
    find(".boxes").replaceChildren(
      ...hands.map(({ box: [x0, y0, x1, y1], label }) => {
        const box = element("div", "box", "");
        box.style.left = `${100 * (mirrored ? 1 - x1 : x0)}%`;
        box.style.top = `${100 * y0}%`;
        box.style.width = `${100 * (x1 - x0)}%`;
        box.style.height = `${100 * (y1 - y0)}%`;
        box.append(element("span", "", label));
        return box;
      }),
    );
  }

  function showSeen(result) {
    if (result.seen) find(".seen").src = result.seen;
    find("figure").hidden = !result.hands.length;
  }

  function showRate(took, reading) {
    const now = performance.now();
    answers = [...answers.filter(({ at }) => now - at < RATE_OVER_MS), { at: now, took }];
    if (now - rated < RATE_EVERY_MS) return;
    rated = now;
    const times = answers.map((answer) => answer.took).sort((one, other) => one - other);
    const median = times[Math.floor(times.length / 2)];
    const over = Math.max(now - answers[0].at, took) / 1000;
    const rate = Math.max(answers.length - 1, 1) / over;
    const slow = median > SLOW_CONNECTION_MS ? " The connection or the server is slow." : "";
    find(".rate").textContent =
      `${rate.toFixed(rate < 3 ? 1 : 0)} frames a second, ${median.toFixed(0)} ms there and back, ` +
      `${reading.toFixed(0)} of it reading.${slow}`;
  }

  return {
    show(result, took) {
      showHands(result.hands);
      find(".message").textContent = result.message;
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
    },
    silence() {
      find(".rate").textContent = "The server does not answer. Trying again …";
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
    prompt(prompt) {
      find(".task").hidden = !prompt;
      if (!prompt) return;
      // A status that is written again is spoken again.
      if (find(".ask").textContent !== prompt.ask) find(".ask").textContent = prompt.ask;
      find(".note").textContent = prompt.note;
    },
  };
}
