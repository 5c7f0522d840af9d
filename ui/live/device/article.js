// What the article's models say of a frame, as `core.hands.pipeline.ArticleRecogniser`.

import { detectByBackground } from "./background_subtraction.js";
import { overlap } from "./boxes.js";
import { answerOf } from "./classifier.js";
import { toGrey } from "./geometry.js";
import { argmax, logSoftmax } from "./numbers.js";
import { preprocessLikeDataset } from "./preprocessing.js";

/** @import { ArticleNets, ArticleReading, Constants, Pixels, TrackedHand } from "./types.d.ts" */

const LEAST = 1e-12; // of a probability whose logarithm is taken

/**
 * The one hand that stands out in a frame, or null where none does.
 * @param {Pixels} frame
 * @param {ArticleNets} nets
 * @param {Constants} constants
 * @returns {Promise<ArticleReading | null>}
 */
export async function readByArticle(frame, nets, constants) {
  const { article, background_subtraction, classifier, dataset } = constants;
  const found = detectByBackground(frame, background_subtraction);
  if (!found) return null;
  const image = preprocessLikeDataset(toGrey(frame), found.hand, dataset, classifier.image_size);
  const input = Float32Array.from(image);
  const fingers = calibrated([...(await nets.fingers(input))], article.count);
  const [right] = await nets.side(input);
  return { box: found.box, image, fingers, sides: calibrated([1 - right, right], article.side) };
}

/**
 * Probabilities whose logarithms are divided by a temperature.
 * @param {number[]} probabilities
 * @param {number} temperature
 */
const calibrated = (probabilities, temperature) =>
  logSoftmax(
    probabilities.map((probability) => Math.log(Math.max(probability, LEAST)) / temperature),
  ).map(Math.exp);

/**
 * Whether the article's models count as many fingers, null where there is no sure count to hold
 * theirs against. Of several hands it is the one in which they found theirs.
 * @param {ArticleReading | null} reading
 * @param {TrackedHand[]} hands  the most probable first
 * @param {Constants} constants
 */
export function isAgreed(reading, hands, constants) {
  if (!hands.length) return null;
  const shares = hands.map(({ box }) => (reading ? overlap(box, reading.box) : 0));
  const { fingers } = answerOf(hands[argmax(shares)].prediction, constants);
  if (fingers === null) return null;
  return reading !== null && argmax(reading.fingers) === fingers;
}
