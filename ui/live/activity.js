// The game and the self-test over the picture: what is asked, the time, and what came of it.

const VERDICT_MS = 2500;

// `onBegin` is called where something begins, `onResult` where there is a result to tell. `recorder`
// keeps pictures of trials. `before` is the `state()` of the activity that stood here before, if any.
function createActivity({ find, onBegin, onResult, recorder, before }) {
  let { kind, running, ended, results, number } = before ?? {
    kind: "", // of what the app offers
    running: null, // { number, game } or { test, trials }
    ended: "",
    results: [], // not yet confirmed by the app
    number: Date.now(), // of the newest result; never used before in this session
  };
  let task = null;
  let timer = 0;

  const isGame = () => kind === "game";
  const promptNow = () => running && (isGame() ? promptOf(running.game) : running.test.prompts[0]);

  function begin() {
    const prompts = shuffled(task.hands);
    ended = "";
    hideVerdict();
    if (isGame()) running = { number: ++number, game: newGame(prompts.slice(0, task.rounds)) };
    else running = { test: newTest(prompts), trials: [] };
    draw();
    onBegin();
  }

  function end(words = "") {
    running = null;
    ended = words;
    draw();
  }

  function skip() {
    goOn(skipped(running.game));
  }

  function goOn(game) {
    const before = running.game;
    running = { ...running, game };
    if (game.rounds.length > before.rounds.length) {
      const round = game.rounds.at(-1);
      tell("rounds", { game: running.number, round });
      if (round.seconds === null) showVerdict("Skipped");
      else showVerdict(`✓ ${round.seconds.toFixed(1)} s`, "right");
    }
    if (promptOf(game)) draw();
    else end(gameWords(game));
  }

  function gameWords({ rounds }) {
    const times = rounds.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
    if (!times.length) return "The game is over. Every round was skipped";
    return `The game is over. Best time: ${Math.min(...times).toFixed(1)}\u00a0s`;
  }

  function goOnTesting({ test, trial }, jpeg) {
    running = { ...running, test };
    if (trial) {
      running.trials.push(trial);
      if (recorder.isWanted()) recorder.keep(fileName(trial), jpeg());
      tell("trials", { trial });
      showTrial(trial);
    }
    if (test.prompts.length) return draw();
    const right = running.trials.filter(
      ({ prompt, observed }) => prompt.fingers === observed?.fingers,
    );
    end(`Done: ${right.length} of ${running.trials.length} counts right`);
  }

  function showTrial(trial) {
    if (isRight(trial)) showVerdict(`✓ Correct: ${answerWords(trial)}`, "right");
    else showVerdict(`✗ Wrong: the app said ${answerWords(trial)}`, "wrong");
  }

  function answerWords({ observed }) {
    if (!observed) return "“no hand”";
    const side = task.sideNames[observed.side];
    return `${observed.fingers ?? "?"} · ${side ? `${side} hand` : "?"}`;
  }

  // As `ui.live.self_test` numbers its trials.
  function fileName({ prompt, observed }) {
    const trials = results.filter((each) => each.kind === "trials").length;
    const place = String(task.recorded + trials + 1).padStart(3, "0");
    const names = { null: "not-sure", ...task.sideNames };
    const answer = observed
      ? `${observed.fingers ?? "not-sure"}_${names[observed.side]}`
      : "no-hand_no-hand";
    return `${place}_shown_${prompt.fingers}_${names[prompt.side]}_answered_${answer}.jpg`;
  }

  function tell(which, result) {
    results = [...results, { kind: which, result: { number: ++number, ...result } }];
    onResult();
  }

  function showVerdict(words, how = "") {
    clearTimeout(timer);
    timer = setTimeout(hideVerdict, VERDICT_MS);
    find(".verdict").textContent = words;
    find(".verdict").className = `verdict ${how}`;
  }

  function hideVerdict() {
    clearTimeout(timer);
    find(".verdict").textContent = "";
  }

  function askWords() {
    const prompt = promptNow();
    if (!prompt) return ended;
    const count = prompt.fingers === 0 ? "0 (a fist)" : prompt.fingers;
    return `Show ${count} with your ${task.sideNames[prompt.side]} hand`;
  }

  function draw() {
    find(".task").hidden = !task;
    if (!task) return;
    setText(find(".ask"), askWords()); // a status that is written again is spoken again
    find(".question").hidden = !find(".ask").textContent;
    setText(find(".note"), noteWords());
    setText(find(".clock"), clockWords());
    find(".begin").hidden = running !== null;
    find(".skip").hidden = !running || !isGame();
    find(".end").hidden = running === null;
    setText(find(".begin").firstChild, ended && isGame() ? "Play again" : task.begin);
    setText(find(".begin kbd"), task.key);
    setText(find(".end").firstChild, isGame() ? "End the game" : "Stop");
    setText(find(".end kbd"), isGame() ? "E" : "S");
  }

  function noteWords() {
    if (!running) return "";
    if (isGame())
      return `Round ${running.game.rounds.length + 1} of ${running.game.prompts.length}`;
    const further = running.test.prompts.length - 1;
    return further > 0 ? `${further} to go` : "";
  }

  function clockWords() {
    if (!running) return "";
    if (isGame()) return `${secondsOf(running.game.stopwatch).toFixed(1)} s`;
    return String(Math.ceil(task.pose - secondsOf(running.test.stopwatch)));
  }

  find(".begin").onclick = begin;
  find(".skip").onclick = skip;
  find(".end").onclick = () => end();

  return {
    update(given, confirmed) {
      task = given;
      results = results.filter(({ result }) => result.number > confirmed);
      number = Math.max(number, confirmed); // where the clock of the device was put back
      if (task?.kind !== kind) {
        kind = task?.kind;
        running = null;
        ended = "";
        hideVerdict();
      }
      draw();
    },
    // A frame's hands, the most probable first, when it was taken in seconds, and what gives its picture.
    observe(hands, now, jpeg) {
      if (!running) return;
      if (isGame()) goOn(gameAfter(running.game, hands, now, task));
      else goOnTesting(testAfter(running.test, hands, now, task), jpeg);
    },
    // Whether a key did something.
    press(key) {
      if (!task) return false;
      if (!running && key === task.key) begin();
      else if (running && isGame() && key === "S") skip();
      else if (running && key === (isGame() ? "E" : "S")) end();
      else return false;
      return true;
    },
    // The results that the app has not confirmed, the oldest first.
    results(most) {
      const told = { rounds: [], trials: [] };
      for (const each of results.slice(0, most)) told[each.kind].push(each.result);
      return results.length ? told : null;
    },
    state() {
      clearTimeout(timer);
      return { kind, running, ended, results, number };
    },
  };
}
