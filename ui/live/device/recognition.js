// From a frame to its hands: detect, classify, rescore, as `core.hands.pipeline`.

import { eachOnce, isSameHand, nonMaxSuppression } from "./boxes.js";
import { asPrediction, classify, firstPass } from "./classifier.js";
import { detect, detectNearer } from "./detector.js";
import { crop, squareAround, toGrey } from "./geometry.js";
import { logit, sigmoid } from "./numbers.js";

/** @import { Box, Constants, Detection, Hand, Nets, Pixels, Proposal } from "./types.d.ts" */

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
 * The detector's hands with the classifier's first pass.
 * @param {Pixels} grey
 * @param {Detection[]} hands
 * @param {Nets} nets
 * @param {Constants} constants
 * @returns {Promise<Proposal[]>}
 */
export async function proposalsFor(grey, hands, nets, { classifier }) {
  const proposals = [];
  for (const { box, score } of hands) {
    const pass = await firstPass(grey, box, nets, classifier);
    proposals.push({ box: pass.box, score, hand: pass.hand });
  }
  return proposals;
}

/**
 * The same, and of parts of the frame as well where none is taken for a hand.
 * @param {Pixels} frame
 * @param {Pixels} grey
 * @param {Nets} nets
 * @param {Constants} constants
 */
async function propose(frame, grey, nets, constants) {
  const proposals = await proposalsFor(grey, await detect(frame, nets, constants), nets, constants);
  if (proposals.some(({ hand }) => hand > 0)) return proposals;
  const nearer = await detectNearer(frame, nets, constants);
  return [...proposals, ...(await proposalsFor(grey, nearer, nets, constants))];
}

/**
 * Of proposed hands, those that the classifier's first pass confirms.
 * @param {Proposal[]} proposals
 * @param {Constants} constants
 */
export function confirmed(proposals, { fusion, max_hands, nms_iou }) {
  const hands = proposals
    .map(({ box, score, hand }) => ({ box, score: scoreAfterFirstPass(fusion, score, hand) }))
    .filter(({ score }) => score >= fusion.first_pass_threshold);
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
  const proposals = await propose(frame, grey, nets, constants);
  const hands = [];
  for (const detection of confirmed(proposals, constants)) {
    const hand = await readHand(grey, detection, nets, constants);
    if (hand) hands.push(hand);
  }
  return eachOnce(hands, (one, other) => isSameHand(one.box, other.box, constants));
}
