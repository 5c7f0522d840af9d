// Followed hands as the page shows them, in the form of `ui.live.camera`.

import { answerOf } from "./classifier.js";
import { argmax } from "./numbers.js";

/** @import { Constants, Prediction, TrackedHand } from "./types.d.ts" */

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
 * One hand for the page; the box as shares of the frame's width and height.
 * @param {TrackedHand} hand
 * @param {{ width: number, height: number }} frame
 * @param {Constants} constants
 */
function shown({ box, prediction }, { width, height }, constants) {
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
 * @param {{ width: number, height: number }} frame
 * @param {Constants} constants
 */
export function shownAnswer(hands, frame, constants) {
  const words = hands.map(({ prediction }) => answerWords(prediction, constants)[0]);
  return {
    message: hands.length ? "" : "No hand. Show one to the camera.",
    spoken: words.join(" and ") || "No hand",
    hands: hands.map((hand) => shown(hand, frame, constants)),
    seen: hands.length ? hands[0].image : null,
  };
}
