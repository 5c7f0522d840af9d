// From a frame to its hands: detect, classify, rescore, as `core.hands.pipeline`.

import { eachOnce, isSameHand, nonMaxSuppression } from "./boxes.js";
import { asPrediction, classify, firstPass } from "./classifier.js";
import { detect } from "./detector.js";
import { crop, squareAround, toGrey } from "./geometry.js";
import { logit, sigmoid } from "./numbers.js";

/** @import { Box, Constants, Detection, Hand, Nets, Pixels } from "./types.d.ts" */

/**
 * The probability of a hand after the classifier's first pass.
 * @param {Constants["fusion"]} fusion
 * @param {number} detectorScore
 * @param {number} firstPassLogit
 */
export function scoreAfterFirstPass(fusion, detectorScore, firstPassLogit) {
  const fused = fusion.detector_weight * logit(detectorScore);
  return sigmoid(fused + fusion.first_pass_weight * firstPassLogit + fusion.first_pass_bias);
}

/**
 * The probability of a hand after the classifier's second pass.
 * @param {Constants["fusion"]} fusion
 * @param {number} firstPassScore
 * @param {number} secondPassScore
 */
export function scoreAfterSecondPass(fusion, firstPassScore, secondPassScore) {
  const fused = fusion.fused_weight * logit(firstPassScore);
  return sigmoid(fused + fusion.second_pass_weight * logit(secondPassScore) + fusion.bias);
}

/**
 * Of proposed hands, those that the classifier's first pass confirms.
 * @param {Pixels} grey
 * @param {Detection[]} proposals
 * @param {Nets} nets
 * @param {Constants} constants
 */
export async function confirmed(grey, proposals, nets, constants) {
  const { classifier, fusion, max_hands, nms_iou } = constants;
  const hands = [];
  for (const proposal of proposals) {
    const { box, hand } = await firstPass(grey, proposal.box, nets, classifier);
    const score = scoreAfterFirstPass(fusion, proposal.score, hand);
    if (score >= fusion.first_pass_threshold) hands.push({ box, score });
  }
  return nonMaxSuppression(hands, max_hands, nms_iou);
}

/**
 * The hand in a box with its final score, or null if it should not be reported.
 * @param {Pixels} grey
 * @param {Detection} detection
 * @param {Nets} nets
 * @param {Constants} constants
 * @returns {Promise<Hand | null>}
 */
export async function readHand(grey, { box, score }, nets, constants) {
  const { classifier, fusion } = constants;
  const image = crop(grey, squareAround(box, classifier.crop_margin), classifier.image_size);
  const prediction = asPrediction(await classify(image, nets, classifier), constants);
  const final = scoreAfterSecondPass(fusion, score, prediction.hand);
  return final < fusion.threshold ? null : { box, score: final, prediction, image };
}

/**
 * The hands in a frame, the most probable first.
 * @param {Pixels} frame
 * @param {Nets} nets
 * @param {Constants} constants
 */
export async function recognise(frame, nets, constants) {
  const grey = toGrey(frame);
  const proposals = await detect(frame, nets, constants);
  const hands = [];
  for (const detection of await confirmed(grey, proposals, nets, constants)) {
    const hand = await readHand(grey, detection, nets, constants);
    if (hand) hands.push(hand);
  }
  return eachOnce(hands, (one, other) => isSameHand(one.box, other.box, constants));
}
