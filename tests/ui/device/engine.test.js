// The browser's engine against what Python says: `tests/helpers/browser_vectors.py` writes it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { answerWords, shownAnswer, shownBeside } from "../../../ui/live/device/answer.js";
import { isAgreed, readByArticle } from "../../../ui/live/device/article.js";
import { detectByBackground } from "../../../ui/live/device/background_subtraction.js";
import { iou, isSameHand } from "../../../ui/live/device/boxes.js";
import { asPrediction, isConfident, rotationOf } from "../../../ui/live/device/classifier.js";
import { decodeProposals } from "../../../ui/live/device/detector.js";
import { crop, letterbox, toGrey } from "../../../ui/live/device/geometry.js";
import { recognise } from "../../../ui/live/device/recognition.js";
import { NO_TRACKS, track } from "../../../ui/live/device/tracking.js";

const vectors = JSON.parse(readFileSync(process.env.BROWSER_VECTORS, "utf-8"));
const { constants } = vectors;

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const floats = (text) => new Float32Array(bytes(text).buffer);
const image = ({ width, height, data }) => ({ width, height, data: bytes(data) });

// Networks that answer as they did in Python, in the same order.
function taped(tape) {
  const left = [...tape];
  const answer = (net) => async () => {
    const next = left.shift();
    assert.equal(next?.net, net);
    return floats(next.output);
  };
  return { nets: { detect: answer("detect"), classify: answer("classify") }, left };
}

function assertClose(actual, expected, tolerance = 1e-5) {
  if (typeof expected === "number")
    return assert.ok(
      actual === expected ||
        Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
      `${actual} is not ${expected}`,
    );
  assert.equal(actual.length ?? Object.keys(actual).length > 0, expected.length ?? true);
  for (const key of Object.keys(expected)) assertClose(actual[key], expected[key], tolerance);
}

// OpenCV adds in another order, so that half a grey level now and then is rounded the other way.
function assertAlmostSame(actual, expected) {
  assert.equal(actual.length, expected.length);
  let different = 0;
  for (let place = 0; place < expected.length; place++) {
    const difference = Math.abs(actual[place] - expected[place]);
    assert.ok(difference <= 1, `${actual[place]} is not ${expected[place]} at ${place}`);
    different += difference;
  }
  assert.ok(different <= 0.002 * expected.length, `${different} of ${expected.length} differ`);
}

test("crops are Python's", () => {
  const grey = toGrey(image(vectors.crops.frame));
  vectors.crops.squares.forEach((square, place) => {
    assertAlmostSame(crop(grey, square, 128), bytes(vectors.crops.images[place]));
  });
});

test("the detector's input is Python's", () => {
  for (const { frame, pixels, width } of vectors.letterboxes) {
    const shrunk = letterbox(image(frame), constants.detector);
    assert.equal(shrunk.width, width);
    assertAlmostSame(shrunk.input, bytes(pixels));
  }
});

test("proposals are Python's", () => {
  for (const { tape, proposals } of vectors.recognitions)
    assertClose(decodeProposals(floats(tape[0].output), constants), proposals);
});

test("the classifier's outputs mean what they mean in Python", () => {
  for (const { tape, outputs } of vectors.recognitions) {
    const passes = tape.filter((/** @type {{ net: string }} */ { net }) => net === "classify");
    outputs.forEach(({ rotation, confident, prediction }, place) => {
      const output = floats(passes[place].output);
      assertClose(rotationOf(output, constants.classifier), rotation);
      assert.equal(isConfident(output, constants.classifier), confident);
      assertClose(asPrediction(output, constants), prediction);
    });
  }
});

test("hands are Python's, by as many passes", async () => {
  for (const { frame, tape, hands } of vectors.recognitions) {
    const { nets, left } = taped(tape);
    assertClose(await recognise(image(frame), nets, constants), hands);
    assert.equal(left.length, 0);
  }
});

test("hands are followed as in Python, by as many passes, with any settings", async () => {
  for (const { settings, frames } of vectors.sequences) {
    let tracks = NO_TRACKS;
    for (const { frame, now, tape, hands, detected, lost, searched } of frames) {
      const { nets, left } = taped(tape);
      tracks = await track(image(frame), nets, constants, tracks, now, settings);
      assertClose(tracks.hands, hands);
      assert.equal(tracks.detected, detected ?? -Infinity);
      assert.equal(tracks.lost, lost ?? -Infinity);
      assert.equal(tracks.searched, searched ?? -Infinity);
      assert.equal(left.length, 0);
    }
  }
});

test("the article's models are given and say what they do in Python", async () => {
  let hands = 0;
  for (const { frame, reading, outputs, mask, rotation, image: expected } of vectors.article) {
    const found = detectByBackground(image(frame), constants.background_subtraction);
    if (!reading) {
      assert.equal(found, null);
      continue;
    }
    const [ours, theirs] = [found.hand.mask.data, bytes(mask)];
    const pixels = theirs.reduce((sum, value) => sum + value);
    const different = theirs.filter((value, place) => value !== ours[place]).length;
    assertClose(found.hand.rotation, rotation, 0.01);
    const answer = (net) => async () => floats(outputs[net]);
    const nets = { fingers: answer("fingers"), side: answer("side") };
    const read = await readByArticle(image(frame), nets, constants);
    const { box, ...probabilities } = reading;
    assertClose(probabilities, { fingers: read.fingers, sides: read.sides });
    const levels = bytes(expected);
    const off = levels.reduce((sum, level, place) => sum + Math.abs(level - read.image[place]), 0);
    assert.ok(different <= 0.002 * pixels, `${different} of ${pixels} pixels of a mask differ`);
    assert.ok(off <= 0.05 * levels.length, `${off / levels.length} grey levels off`);
    assert.ok(iou(box, read.box) > 0.99);
    hands++;
  }
  assert.ok(hands > 10);
});

test("a skeleton has a line to each fingertip, in shares of the frame", () => {
  const { frame, hands } = vectors.sequences[0].frames[0];
  const shown = shownAnswer(
    hands.map((hand) => ({ ...hand, image: new Uint8Array(128 * 128).fill(7) })),
    frame,
    constants,
  );
  assert.ok(hands.length);
  hands.forEach(({ joints, prediction }, place) => {
    const { palm, fingers } = shown.hands[place].skeleton;
    assertClose(palm[0], [joints[0][0] / frame.width, joints[0][1] / frame.height]);
    assert.deepEqual(palm[0], palm.at(-1));
    fingers.forEach((finger, number) => {
      const [x, y] = joints[4 * (number + 1)];
      assertClose(finger.joints.at(-1), [x / frame.width, y / frame.height]);
      assert.equal(finger.isUp, prediction.extended[number] > 0.5);
    });
    assertClose(
      shown.hands[place].bars.map(([, share]) => share),
      [...prediction.fingers, ...prediction.sides],
    );
  });
  assert.deepEqual([...shown.seen.slice(0, 8)], [7, 7, 7, 255, 7, 7, 7, 255]);
});

test("the article's models agree where they say the same of the same hand", () => {
  const certain = (answer, of) =>
    Array.from({ length: of }, (_, place) => Number(place === answer));
  const hand = (fingers, box) => ({ box, prediction: { fingers, sides: certain(0, 2) } });
  const three = hand(certain(3, 6), [0, 0, 10, 10]);
  const two = hand(certain(2, 6), [20, 0, 30, 10]);
  const unsure = hand(new Array(6).fill(1 / 6), [0, 0, 10, 10]);
  const image = new Uint8Array(128 * 128);
  const reading = {
    box: [21, 1, 31, 11],
    image,
    fingers: [0, 0.3, 0.5, 0.2, 0, 0],
    sides: [0.9, 0.1],
  };
  assert.equal(isAgreed(reading, [three, two], constants), true);
  assert.equal(isAgreed(reading, [three], constants), false);
  assert.equal(isAgreed(null, [two, three], constants), false);
  assert.equal(isAgreed(reading, [unsure], constants), null);
  assert.equal(isAgreed(reading, [], constants), null);
  const shown = shownBeside(reading, true, constants);
  assert.deepEqual(
    [shown.label, shown.sure],
    ["perhaps 2 · left", "50% sure of the count, 90% of the hand"],
  );
  assert.equal(shownBeside(null, null, constants).seen, null);
});

test("boxes are one hand's where they are in Python", () => {
  for (const { boxes, same, ...expected } of vectors.pairs) {
    assertClose(iou(...boxes), expected.iou);
    assert.equal(isSameHand(...boxes, constants), same);
  }
});

test("answers are put in Python's words", () => {
  for (const { prediction, words } of vectors.words)
    assert.deepEqual(answerWords(prediction, constants), words);
});
