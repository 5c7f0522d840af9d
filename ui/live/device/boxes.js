// Boxes and which of them are one hand, as `core.hands.detections`.

/** @import { Box, Detection } from "./types.d.ts" */

/** @param {Box} box */
const area = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);

/**
 * @param {Box} one
 * @param {Box} other
 */
function intersection(one, other) {
  const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  return Math.max(0, width) * Math.max(0, height);
}

/**
 * The part of the smaller box that the other one shares, 0 to 1.
 * @param {Box} one
 * @param {Box} other
 */
export const overlap = (one, other) => intersection(one, other) / Math.min(area(one), area(other));

/**
 * Intersection over union, 0 to 1.
 * @param {Box} one
 * @param {Box} other
 */
export function iou(one, other) {
  const shared = intersection(one, other);
  return shared / (area(one) + area(other) - shared);
}

/**
 * Whether two boxes share so much that they are of one hand.
 * @param {Box} one
 * @param {Box} other
 * @param {{ max_overlap: number }} constants
 */
export const isSameHand = (one, other, { max_overlap }) => overlap(one, other) >= max_overlap;

/**
 * The candidates, the highest score first, without those that are the same as a higher one.
 * @template {{ score: number }} Candidate
 * @param {Candidate[]} candidates
 * @param {(one: Candidate, other: Candidate) => boolean} isSame
 */
export function eachOnce(candidates, isSame) {
  /** @type {Candidate[]} */
  const kept = [];
  for (const candidate of candidates.toSorted((one, other) => other.score - one.score))
    if (!kept.some((other) => isSame(candidate, other))) kept.push(candidate);
  return kept;
}

/**
 * The most probable detections up to a limit, none of which overlaps a more probable one.
 * @param {Detection[]} detections
 * @param {number} limit
 * @param {number} nmsIou
 */
export const nonMaxSuppression = (detections, limit, nmsIou) =>
  eachOnce(detections, (one, other) => iou(one.box, other.box) >= nmsIou).slice(0, limit);
