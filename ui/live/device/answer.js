// Followed hands as the page shows them, in the form of `ui.live.camera`.

import { answerOf } from "./classifier.js";
import { argmax } from "./numbers.js";

/** @import { ArticleReading, Constants, Prediction, TrackedHand } from "./types.d.ts" */

/** @typedef {{ width: number, height: number }} Size */

/** @param {number} probability  never rounded to certainty */
function confidence(probability) {
  if (probability > 0.99) return "over 99%";
  return probability < 0.01 ? "under 1%" : `${(100 * probability).toFixed(0)}%`;
}

/** @param {number} count */
const fingersWords = (count) => (count === 1 ? "1 finger" : `${count} fingers`);

/**
 * A headline, and a sentence on its confidence, as `ui.wording.answer_words`.
 * @param {Pick<Prediction, "fingers" | "sides">} prediction
 * @param {Constants} constants
 * @returns {[string, string]}
 */
export function answerWords(prediction, constants) {
  const { fingers, side } = answerOf(prediction, constants);
  const count = fingersWords(argmax(prediction.fingers));
  const hand = `${constants.side_names[constants.sides[argmax(prediction.sides)]]} hand`;
  const [inCount, inHand] = [prediction.fingers, prediction.sides].map((probabilities) =>
    confidence(Math.max(...probabilities)),
  );
  if (fingers === null && side === null)
    return ["Not sure", `Perhaps ${count} (${inCount}), ${hand} (${inHand}).`];
  if (fingers === null)
    return [
      `Not sure how many · ${hand}`,
      `Perhaps ${count} (${inCount}). Confidence in the hand: ${inHand}.`,
    ];
  if (side === null)
    return [
      `${count} · not sure which hand`,
      `Confidence in the count: ${inCount}. Perhaps a ${hand} (${inHand}).`,
    ];
  return [`${count} · ${hand}`, `Confidence: ${inCount} in the count, ${inHand} in the hand.`];
}

/**
 * How probable each answer is, by its name.
 * @param {Pick<Prediction, "fingers" | "sides">} prediction
 * @param {Constants} constants
 * @returns {[string, number][]}
 */
const bars = ({ fingers, sides }, constants) => [
  ...fingers.map((share, count) => /** @type {[string, number]} */ ([String(count), share])),
  ...sides.map(
    (share, side) =>
      /** @type {[string, number]} */ ([constants.side_names[constants.sides[side]], share]),
  ),
];

/**
 * The lines along the fingers and around the palm; places as shares of the frame's width and height.
 * @param {TrackedHand} hand
 * @param {Size} frame
 * @param {Constants} constants
 */
function skeleton({ joints, prediction }, { width, height }, { classifier }) {
  const line = (/** @type {number[]} */ places) =>
    places.map((place) => [joints[place][0] / width, joints[place][1] / height]);
  return {
    palm: line(classifier.palm_joints),
    fingers: classifier.finger_joints.map((places, finger) => ({
      isUp: prediction.extended[finger] > 0.5,
      joints: line(places),
    })),
  };
}

/**
 * One hand for the page; the box as shares of the frame's width and height.
 * @param {TrackedHand} hand
 * @param {Size} frame
 * @param {Constants} constants
 */
function shown(hand, frame, constants) {
  const { box, prediction } = hand;
  const { width, height } = frame;
  const { fingers, side } = answerOf(prediction, constants);
  const count = fingers === null ? "?" : String(fingers);
  const name = side === null ? "" : constants.side_names[side];
  return {
    count,
    which: name ? `${name} hand` : "not sure which hand",
    sure: answerWords(prediction, constants)[1],
    label: `${count} · ${name || "?"}`,
    // A hand at the border may reach beyond the picture.
    box: box.map((edge, place) => Math.min(Math.max(edge / (place % 2 ? height : width), 0), 1)),
    bars: bars(prediction, constants),
    skeleton: skeleton(hand, frame, constants),
    observed: {
      fingers,
      side,
      fingers_probability: Math.max(...prediction.fingers),
      side_probability: Math.max(...prediction.sides),
    },
  };
}

/**
 * What the page shows of a frame.
 * @param {TrackedHand[]} hands
 * @param {Size} frame
 * @param {Constants} constants
 */
export function shownAnswer(hands, frame, constants) {
  const words = hands.map(({ prediction }) => answerWords(prediction, constants)[0]);
  return {
    message: hands.length ? "" : "No hand. Show one to the camera.",
    spoken: words.join(" and ") || "No hand",
    hands: hands.map((hand) => shown(hand, frame, constants)),
    seen: hands.length ? pictureOf(hands[0].image) : null,
  };
}

/**
 * What the page shows of the article's models.
 * @param {ArticleReading | null} reading
 * @param {boolean | null} agrees
 * @param {Constants} constants
 */
export function shownBeside(reading, agrees, constants) {
  if (!reading) return { agrees, label: "finds no hand", sure: "", seen: null };
  const { fingers, side } = answerOf(reading, { ...constants, calibration: constants.article });
  const count = argmax(reading.fingers);
  const name = constants.side_names[constants.sides[argmax(reading.sides)]];
  const perhaps = (/** @type {unknown} */ answer) => (answer === null ? "perhaps " : "");
  const [inCount, inHand] = [reading.fingers, reading.sides].map((probabilities) =>
    confidence(Math.max(...probabilities)),
  );
  return {
    agrees,
    label: `${perhaps(fingers)}${count} · ${perhaps(side)}${name}`,
    sure: `${inCount} sure of the count, ${inHand} of the hand`,
    seen: pictureOf(reading.image),
  };
}

/**
 * A grey image as a canvas takes it.
 * @param {Uint8Array} levels
 */
export function pictureOf(levels) {
  const pixels = new Uint8ClampedArray(4 * levels.length).fill(255);
  levels.forEach((level, place) => {
    pixels.fill(level, 4 * place, 4 * place + 3);
  });
  return pixels;
}
