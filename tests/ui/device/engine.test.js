// The browser's engine against what Python says: `tests/helpers/browser_vectors.py` writes it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { answerWords } from "../../../ui/live/device/answer.js";
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
  for (const { tape, outputs } of vectors.recognitions)
    outputs.forEach(({ rotation, confident, prediction }, place) => {
      const output = floats(tape[place + 1].output);
      assertClose(rotationOf(output, constants.classifier), rotation);
      assert.equal(isConfident(output, constants.classifier), confident);
      assertClose(asPrediction(output, constants), prediction);
    });
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
    for (const { frame, now, tape, hands, detected, lost } of frames) {
      const { nets, left } = taped(tape);
      tracks = await track(image(frame), nets, constants, tracks, now, settings);
      assertClose(tracks.hands, hands);
      assert.equal(tracks.detected, detected ?? -Infinity);
      assert.equal(tracks.lost, lost ?? -Infinity);
      assert.equal(left.length, 0);
    }
  }
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
