// The hand classifier's outputs, and how often an image is read, as `core.hands.classifier`.

import { crop, squareAround } from "./geometry.js";
import { argmax, logSoftmax, radians, sigmoid, sigmoid32 } from "./numbers.js";

/** @import { Box, Constants, Nets, Pixels, Prediction } from "./types.d.ts" */

const LEAST = 1e-6; // of a probability whose logarithm is taken

/** @typedef {Constants["classifier"]} Layout */

/**
 * Log-probabilities of the counts, uncalibrated: a weighted geometric mean of the count's own
 * softmax and of what follows from each finger being extended.
 * @param {Float32Array} outputs
 * @param {Layout} layout
 */
export function countLogProbabilities(outputs, { count, extended, finger_weight }) {
  const direct = logSoftmax([...outputs.subarray(...count)]);
  /** @type {number[]} */
  let ofCount = direct.map((_, place) => (place === 0 ? 1 : 0));
  for (const logit of outputs.subarray(...extended)) {
    const up = sigmoid(logit);
    ofCount = ofCount.map(
      (share, place) => share * (1 - up) + (place > 0 ? ofCount[place - 1] * up : 0),
    );
  }
  return logSoftmax(
    direct.map(
      (logarithm, place) =>
        (1 - finger_weight) * logarithm + finger_weight * Math.log(Math.max(ofCount[place], LEAST)),
    ),
  );
}

/**
 * Whether the count and the side are both probable, before calibration.
 * @param {Float32Array} outputs
 * @param {Layout} layout
 */
export function isConfident(outputs, layout) {
  const right = sigmoid(outputs[layout.right]);
  const count = Math.exp(Math.max(...countLogProbabilities(outputs, layout)));
  return Math.min(count, Math.max(right, 1 - right)) >= layout.min_confidence;
}

/**
 * A hand's clockwise rotation from upright in degrees.
 * @param {Float32Array} outputs
 * @param {Layout} layout
 */
export function rotationOf(outputs, { landmarks, wrist, middle_knuckle }) {
  const [from, to] = [wrist, middle_knuckle].map((joint) => landmarks[0] + 2 * joint);
  const [right, down] = [outputs[to] - outputs[from], outputs[to + 1] - outputs[from + 1]];
  return (Math.atan2(right, -down) * 180) / Math.PI;
}

/**
 * The outputs for a horizontally flipped image, turned into those for the image.
 * @param {Float32Array} outputs
 * @param {Layout} layout
 */
export function undoFlip(outputs, { right, landmarks }) {
  const unflipped = outputs.slice();
  unflipped[right] = -unflipped[right];
  for (let x = landmarks[0]; x < landmarks[1]; x += 2) unflipped[x] = -unflipped[x];
  return unflipped;
}

/**
 * The outputs with their landmarks rotated clockwise by degrees around the middle.
 * @param {Float32Array} outputs
 * @param {number} rotation
 * @param {Layout} layout
 */
export function rotateLandmarks(outputs, rotation, { landmarks }) {
  const [cosine, sine] = [Math.cos(radians(rotation)), Math.sin(radians(rotation))];
  const rotated = outputs.slice();
  for (let place = landmarks[0]; place < landmarks[1]; place += 2) {
    const [x, y] = outputs.subarray(place, place + 2);
    rotated[place] = x * cosine - y * sine;
    rotated[place + 1] = x * sine + y * cosine;
  }
  return rotated;
}

/**
 * The box around landmarks, which a hand extends beyond a little.
 * @param {[number, number][]} landmarks
 * @param {number} margin  a share of their extent
 * @returns {Box}
 */
export function boxAround(landmarks, margin) {
  const [x, y] = [0, 1].map((axis) => landmarks.map((landmark) => landmark[axis]));
  const [x0, y0, x1, y1] = [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
  const beyond = margin * Math.max(x1 - x0, y1 - y0);
  const [left, top] = [x0 - beyond, y0 - beyond];
  return [left, top, Math.max(x1 + beyond, left + 1), Math.max(y1 + beyond, top + 1)];
}

/**
 * The weighted mean of the hand detector's box and the box around the landmarks.
 * @param {Box} box
 * @param {[number, number][]} landmarks
 * @param {Layout} layout
 * @returns {Box}
 */
export function refineBox(box, landmarks, { landmark_margin, landmark_weight }) {
  const around = boxAround(landmarks, landmark_margin);
  const [x0, y0, x1, y1] = box.map(
    (edge, place) => (1 - landmark_weight) * edge + landmark_weight * around[place],
  );
  return [x0, y0, Math.max(x1, x0 + 1), Math.max(y1, y0 + 1)];
}

/**
 * The calibrated answer in the outputs.
 * @param {Float32Array} outputs
 * @param {Constants} constants
 * @returns {Prediction}
 */
export function asPrediction(outputs, { classifier: layout, calibration }) {
  const counts = countLogProbabilities(outputs, layout).map((value) => value / calibration.count);
  const right = sigmoid(outputs[layout.right] / calibration.side);
  const back = sigmoid(outputs[layout.back] / calibration.face);
  return {
    fingers: logSoftmax(counts).map(Math.exp),
    sides: [1 - right, right],
    hand: sigmoid32(outputs[layout.hand]),
    faces: [1 - back, back],
    extended: [...outputs.subarray(...layout.extended)].map(sigmoid),
    joints: landmarksOf(outputs, layout).map(([x, y]) => [
      ((x + 1) * layout.image_size) / 2,
      ((y + 1) * layout.image_size) / 2,
    ]),
  };
}

/**
 * @param {Float32Array} outputs
 * @param {Layout} layout
 * @returns {[number, number][]}
 */
function landmarksOf(outputs, { landmarks: [first, end] }) {
  return Array.from({ length: (end - first) / 2 }, (_, joint) => [
    outputs[first + 2 * joint],
    outputs[first + 2 * joint + 1],
  ]);
}

/**
 * The outputs for a preprocessed image. One that is unclear or rotated is also read flipped, and
 * both ways upright; the four outputs are averaged.
 * @param {Uint8Array} image
 * @param {Nets} nets
 * @param {Layout} layout
 */
export async function classify(image, nets, layout) {
  const plain = await nets.classify(Float32Array.from(image));
  const isUpright = Math.abs(rotationOf(plain, layout)) < layout.min_rotation;
  if (isUpright && isConfident(plain, layout)) return plain;
  const asItLies = mean(plain, await classifyFlipped(image, nets, layout));
  const rotation = rotationOf(asItLies, layout);
  const size = layout.image_size;
  const whole = { x: size / 2, y: size / 2, side: size, rotation };
  const rotated = crop({ data: image, width: size, height: size }, whole, size);
  const upright = mean(
    await nets.classify(Float32Array.from(rotated)),
    await classifyFlipped(rotated, nets, layout),
  );
  return mean(asItLies, rotateLandmarks(upright, rotation, layout));
}

/**
 * @param {Uint8Array} image
 * @param {Nets} nets
 * @param {Layout} layout
 */
async function classifyFlipped(image, nets, layout) {
  const size = layout.image_size;
  const flipped = new Float32Array(image.length);
  for (let row = 0; row < image.length; row += size)
    for (let column = 0; column < size; column++)
      flipped[row + column] = image[row + size - 1 - column];
  return undoFlip(await nets.classify(flipped), layout);
}

/**
 * @param {Float32Array} one
 * @param {Float32Array} other
 */
const mean = (one, other) => one.map((value, place) => (value + other[place]) / 2);

/**
 * Reads a detection once, to refine its box and check for a hand.
 * @param {Pixels} grey
 * @param {Box} box
 * @param {Nets} nets
 * @param {Layout} layout
 */
export async function firstPass(grey, box, nets, layout) {
  const square = squareAround(box, layout.crop_margin);
  const image = crop(grey, square, layout.image_size);
  const outputs = await nets.classify(Float32Array.from(image));
  const landmarks = landmarksOf(outputs, layout).map(
    ([x, y]) =>
      /** @type {[number, number]} */ ([
        (x * square.side) / 2 + square.x,
        (y * square.side) / 2 + square.y,
      ]),
  );
  return { box: refineBox(box, landmarks, layout), hand: outputs[layout.hand] };
}

/**
 * The most probable count and side of a prediction, null where not sure.
 * @param {Pick<Prediction, "fingers" | "sides">} prediction
 * @param {{ calibration: { answer: number }, sides: string[] }} constants
 */
export function answerOf({ fingers, sides }, { calibration, sides: names }) {
  return {
    fingers: Math.max(...fingers) < calibration.answer ? null : argmax(fingers),
    side: Math.max(...sides) < calibration.answer ? null : names[argmax(sides)],
  };
}
