// The game and the self-test as pure functions: no camera, no clock but the given one.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  gameAfter,
  isRight,
  newGame,
  newTest,
  promptOf,
  secondsOf,
  shuffled,
  skipped,
  stopwatchAt,
  testAfter,
} from "../../../ui/live/judge.js";

const FRAME = 0.0625; // seconds between two frames, a number that adds up exactly
const HANDS = [0, 1, 2, 3, 4, 5].flatMap((fingers) =>
  ["L", "R"].map((side) => ({ fingers, side })),
);
const RULES = { held: 0.3, longest: 60, pose: 3, longestPause: 4, hands: HANDS };
const ROUNDS = 10;

// Numbers that look random, the same in every run (mulberry32).
function randomly(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const shown = ({ fingers, side }) => ({
  fingers,
  side,
  fingers_probability: 0.99,
  side_probability: 0.99,
});
const gameOf = (seed, rounds = ROUNDS) => newGame(shuffled(HANDS, randomly(seed)).slice(0, rounds));

function play(game, hands, since, seconds) {
  let now = since;
  let played = game;
  for (; now < since + seconds; now += FRAME) played = gameAfter(played, hands, now, RULES);
  return [played, now];
}

test("every hand is asked once, and no count twice in a row", () => {
  const orders = new Set();
  for (let seed = 0; seed < 300; seed++) {
    const order = shuffled(HANDS, randomly(seed));
    assert.equal(new Set(order).size, 12);
    for (let place = 1; place < 12; place++)
      assert.notEqual(order[place].fingers, order[place - 1].fingers);
    orders.add(JSON.stringify(order));
  }
  assert.equal(orders.size, 300);
  assert.deepEqual(shuffled(HANDS.slice(0, 1)), HANDS.slice(0, 1));
});

test("the time of a round ends when the hand begins to be shown", () => {
  let [game, now] = play(gameOf(1), [], 100, 2);
  const prompt = promptOf(game);
  [game, now] = play(game, [shown(prompt)], now, RULES.held + 2 * FRAME);
  assert.deepEqual(game.rounds, [{ prompt, seconds: 2 }]);
});

test("a hand that passes by a count does not win", () => {
  let game = gameOf(2);
  const prompt = promptOf(game);
  for (let time = 0; time < 20; time++) {
    game = gameAfter(game, [], time, RULES);
    game = gameAfter(game, [shown(prompt)], time, RULES);
    game = gameAfter(game, [shown(prompt)], time + 0.29, RULES);
  }
  assert.deepEqual([promptOf(game), game.rounds], [prompt, []]);
});

test("a hand that is already shown is not asked", () => {
  const game = gameOf(2);
  const [first, second, ...others] = game.prompts;
  const [waiting, now] = play(game, [shown(first)], 0, 5);
  assert.deepEqual(waiting.prompts, [second, first, ...others]);
  const [won] = play(waiting, [shown(second)], now, RULES.held + 2 * FRAME);
  assert.deepEqual(won.rounds, [{ prompt: second, seconds: 5 }]);
});

test("the last round uses a spare prompt rather than what is shown", () => {
  const game = gameOf(2, 1);
  const asked = gameAfter(game, [shown(promptOf(game))], 0, RULES);
  assert.equal(asked.prompts.length, 1);
  assert.notDeepEqual(promptOf(asked), promptOf(game));
  assert.deepEqual(gameAfter(game, HANDS.map(shown), 0, RULES).prompts, game.prompts);
});

test("the other hand and an uncertain answer do not win", () => {
  const game = gameOf(3);
  const { fingers, side } = promptOf(game);
  const other = shown({ fingers, side: side === "L" ? "R" : "L" });
  const unsure = { ...shown({ fingers: null, side }) };
  assert.deepEqual(play(game, [other, unsure], 0, 1)[0].rounds, []);
});

test("one of several hands wins", () => {
  let game = gameOf(3);
  const prompt = promptOf(game);
  const other = HANDS.find(({ fingers }) => fingers !== prompt.fingers);
  game = gameAfter(game, [shown(other)], 0, RULES);
  [game] = play(game, [shown(other), shown(prompt)], FRAME, RULES.held + 2 * FRAME);
  assert.deepEqual(game.rounds, [{ prompt, seconds: FRAME }]);
});

test("a pause of the camera starts the round again", () => {
  let [game, now] = play(gameOf(4), [], 0, 5);
  now += RULES.longestPause + 1;
  const prompt = promptOf(game);
  [game, now] = play(game, [], now, 1);
  [game] = play(game, [shown(prompt)], now, RULES.held + 2 * FRAME);
  assert.deepEqual(game.rounds, [{ prompt, seconds: 1 }]);
});

test("a skipped round counts without a time", () => {
  let game = gameOf(5);
  const { prompts } = game;
  for (let round = 0; round < ROUNDS; round++) game = skipped(game);
  assert.deepEqual(
    game.rounds,
    prompts.map((prompt) => ({ prompt, seconds: null })),
  );
  assert.equal(promptOf(game), undefined);
  assert.equal(skipped(game), game);
  assert.equal(gameAfter(game, [], 1, RULES), game);
});

test("a round that takes longer than any may counts as skipped", () => {
  const [waiting, now] = play(gameOf(6), [], 0, RULES.longest + 1);
  const [late] = play(waiting, [shown(promptOf(waiting))], now, RULES.held + 2 * FRAME);
  assert.equal(late.rounds[0].seconds, null);
});

test("whatever happens, a game moves forward", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = randomly(seed);
    let game = gameOf(seed);
    let now = 0;
    let hands = [];
    for (let event = 0; event < 100; event++) {
      const before = game;
      now += random() < 0.05 ? 20 * random() - 10 : 0.1 * random();
      if (random() < 0.2) hands = HANDS.filter(() => random() < 0.2).map(shown);
      game = random() < 0.03 ? skipped(game) : gameAfter(game, hands, now, RULES);
      assert.deepEqual(game.rounds.slice(0, before.rounds.length), before.rounds);
      assert.ok(game.rounds.length - before.rounds.length <= 1);
      assert.ok(game.rounds.every(({ seconds }) => seconds === null || seconds >= 0));
      assert.equal(new Set(game.prompts).size, ROUNDS);
    }
  }
});

test("a stopwatch is never negative", () => {
  const random = randomly(0);
  let stopwatch = null;
  assert.equal(secondsOf(stopwatch), 0);
  for (let time = 0; time < 500; time++) {
    const now = 10 * random();
    stopwatch = stopwatchAt(stopwatch, now, RULES.longestPause);
    assert.ok(secondsOf(stopwatch) >= 0);
    assert.equal(stopwatch.newest, now);
  }
});

test("a self-test takes the answer when its time is up, right or wrong", () => {
  const [first, second] = [HANDS[6], HANDS[11]];
  const wrong = shown({ fingers: 2, side: "L" });
  const trials = [];
  let running = newTest([first, second]);
  let now = 10;
  for (; running.prompts.length; now += FRAME) {
    const hands = running.prompts[0] === second ? [] : [wrong, shown(first)];
    const { test: next, trial } = testAfter(running, hands, now, RULES);
    running = next;
    if (trial) trials.push(trial);
  }
  assert.deepEqual(trials, [
    { prompt: first, observed: wrong },
    { prompt: second, observed: null },
  ]);
  assert.equal(now - 10, 2 * (RULES.pose + FRAME));
  assert.deepEqual(testAfter(running, [wrong], now, RULES), { test: running, trial: null });
});

test("a self-test waits for the camera", () => {
  const { test: begun } = testAfter(newTest(HANDS), [], 0, RULES);
  const { test: paused, trial } = testAfter(begun, [], RULES.longestPause + 1.5, RULES);
  assert.equal(trial, null);
  assert.equal(secondsOf(paused.stopwatch), 0);
});

test("no hand, another hand and an uncertain answer are not right", () => {
  const prompt = HANDS[3];
  assert.ok(isRight({ prompt, observed: shown(prompt) }));
  for (const observed of [null, shown(HANDS[2]), shown({ fingers: null, side: "R" })])
    assert.ok(!isRight({ prompt, observed }));
});
