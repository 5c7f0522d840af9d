// The game and the self-test, judged: pure functions of a frame's hands and of when it was taken.

/** @typedef {{ fingers: number, side: string }} Prompt */
/**
 * The answer for one hand, null where not sure, and the highest probabilities.
 * @typedef {{
 *   fingers: number | null, side: string | null,
 *   fingers_probability: number, side_probability: number,
 * }} Observation
 */
/** When the first frame and the newest one were taken, in seconds of any clock. */
/** @typedef {{ started: number, newest: number }} Stopwatch */
/** A finished round: the seconds until its prompt was shown, null if it was skipped. */
/** @typedef {{ prompt: Prompt, seconds: number | null }} Round */
/**
 * `shown` are the seconds of the stopwatch since when the prompt is shown without a break.
 * @typedef {{
 *   prompts: Prompt[], rounds: Round[], stopwatch: Stopwatch | null, shown: number | null,
 * }} Game
 */
/** @typedef {{ prompts: Prompt[], stopwatch: Stopwatch | null }} SelfTest */
/** @typedef {{ prompt: Prompt, observed: Observation | null }} Trial */

/**
 * Every hand once, in any order, but never the same count twice in a row.
 * @param {Prompt[]} hands
 * @param {() => number} random
 */
export function shuffled(hands, random = Math.random) {
  const order = [...hands];
  do {
    for (let last = order.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [order[last], order[other]] = [order[other], order[last]];
    }
  } while (order.some(({ fingers }, place) => fingers === order[place + 1]?.fingers));
  return order;
}

/**
 * The stopwatch at a new frame; after a pause, or if the clock went back, it starts again.
 * @param {Stopwatch | null} stopwatch
 * @param {number} now
 * @param {number} longestPause  in seconds
 * @returns {Stopwatch}
 */
export function stopwatchAt(stopwatch, now, longestPause) {
  if (!stopwatch || now < stopwatch.newest || now - stopwatch.newest > longestPause)
    return { started: now, newest: now };
  return { ...stopwatch, newest: now };
}

/** @param {Stopwatch | null} stopwatch */
export const secondsOf = (stopwatch) => (stopwatch ? stopwatch.newest - stopwatch.started : 0);

/**
 * @param {Prompt} one
 * @param {{ fingers: number | null, side: string | null }} other
 */
const isSame = (one, other) => one.fingers === other.fingers && one.side === other.side;

/**
 * @param {Prompt[]} prompts
 * @returns {Game}
 */
export const newGame = (prompts) => ({ prompts, rounds: [], stopwatch: null, shown: null });

/**
 * The game's prompt, or none if it is over.
 * @param {Game} game
 * @returns {Prompt | undefined}
 */
export const promptOf = ({ prompts, rounds }) => prompts[rounds.length];

/**
 * The game after a frame: one of its hands must match the prompt, and stay for a while. A round never
 * asks for what its first frame shows, and counts as skipped where it took longer than any may.
 * @param {Game} game
 * @param {Observation[]} observed
 * @param {number} now
 * @param {{ held: number, longest: number, longestPause: number, hands: Prompt[] }} rules  times in
 *   seconds; all hands
 * @returns {Game}
 */
export function gameAfter(game, observed, now, { held, longest, longestPause, hands }) {
  const prompt = promptOf(game);
  if (!prompt) return game;
  const stopwatch = stopwatchAt(game.stopwatch, now, longestPause);
  if (stopwatch.started !== game.stopwatch?.started)
    return { ...game, prompts: promptsFor(game, observed, hands), stopwatch, shown: null };
  if (!isShown(prompt, observed)) return { ...game, stopwatch, shown: null };
  const shown = game.shown ?? secondsOf(stopwatch);
  if (secondsOf(stopwatch) - shown >= held) return finished(game, shown <= longest ? shown : null);
  return { ...game, stopwatch, shown };
}

/**
 * The game after its round was skipped.
 * @param {Game} game
 * @returns {Game}
 */
export const skipped = (game) => (promptOf(game) ? finished(game, null) : game);

/**
 * @param {Game} game
 * @param {number | null} seconds
 * @returns {Game}
 */
function finished({ prompts, rounds }, seconds) {
  const round = { prompt: prompts[rounds.length], seconds };
  return { prompts, rounds: [...rounds, round], stopwatch: null, shown: null };
}

/**
 * The prompts, reordered so that the next is not shown already: its time would be 0.
 * @param {Game} game
 * @param {Observation[]} observed
 * @param {Prompt[]} hands
 */
function promptsFor({ prompts, rounds }, observed, hands) {
  const over = prompts.slice(0, rounds.length);
  const coming = prompts.slice(rounds.length);
  const unasked = hands.filter((hand) => !prompts.some((prompt) => isSame(prompt, hand)));
  const next = [...coming, ...unasked].find((prompt) => !isShown(prompt, observed));
  if (!next) return prompts;
  const others = coming.filter((prompt) => prompt !== next);
  return [...over, ...[next, ...others].slice(0, coming.length)];
}

/**
 * @param {Prompt} prompt
 * @param {Observation[]} observed
 */
const isShown = (prompt, observed) => observed.some((hand) => isSame(prompt, hand));

/**
 * @param {Prompt[]} prompts
 * @returns {SelfTest}
 */
export const newTest = (prompts) => ({ prompts, stopwatch: null });

/**
 * The test after a frame, and the trial that the frame completed: the answer for the first, most
 * confident hand when the time is up.
 * @param {SelfTest} test
 * @param {Observation[]} observed
 * @param {number} now
 * @param {{ pose: number, longestPause: number }} rules  in seconds
 * @returns {{ test: SelfTest, trial: Trial | null }}
 */
export function testAfter(test, observed, now, { pose, longestPause }) {
  const [prompt, ...others] = test.prompts;
  if (!prompt) return { test, trial: null };
  const stopwatch = stopwatchAt(test.stopwatch, now, longestPause);
  if (secondsOf(stopwatch) < pose) return { test: { ...test, stopwatch }, trial: null };
  return { test: newTest(others), trial: { prompt, observed: observed[0] ?? null } };
}

/**
 * Whether count and side of a trial were right.
 * @param {Trial} trial
 */
export const isRight = ({ prompt, observed }) => observed !== null && isSame(prompt, observed);
