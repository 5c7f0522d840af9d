// The hand detector's outputs -> the hands in a frame, as `core.hands.detector`.

import { nonMaxSuppression } from "./boxes.js";
import { inFrame, letterbox, part } from "./geometry.js";
import { rint, sigmoid } from "./numbers.js";

/** @import { Box, Constants, Detection, Nets, Pixels } from "./types.d.ts" */

const OUTPUTS = 5; // a cell: the logit of a hand's middle, then the logarithms of four offsets

/**
 * The hands in a letterboxed frame, the most probable first.
 * @param {Float32Array} outputs
 * @param {Constants} constants
 */
export function decodeProposals(outputs, { detector, nms_iou }) {
  const { cells, stride, threshold, max_proposals } = detector;
  const lowest = -Math.log(1 / threshold - 1);
  /** @param {number} row @param {number} column */
  const logitAt = (row, column) =>
    row < 0 || column < 0 || row >= cells || column >= cells
      ? -Infinity
      : outputs[(row * cells + column) * OUTPUTS];
  const peaks = [];
  for (let row = 0; row < cells; row++)
    for (let column = 0; column < cells; column++) {
      const logit = logitAt(row, column);
      if (!(logit > lowest)) continue;
      let highest = logit;
      for (let y = row - 1; y <= row + 1; y++)
        for (let x = column - 1; x <= column + 1; x++) highest = Math.max(highest, logitAt(y, x));
      if (logit === highest) peaks.push({ logit, row, column });
    }
  peaks.sort((one, other) => other.logit - one.logit);
  const detections = peaks.slice(0, 4 * max_proposals).map(({ logit, row, column }) => {
    const first = (row * cells + column) * OUTPUTS + 1;
    const [left, up, right, down] = [...outputs.subarray(first, first + 4)].map(
      (value) => Math.exp(Math.min(Math.max(value, -4), 4)) * stride,
    );
    const [x, y] = [(column + 0.5) * stride, (row + 0.5) * stride];
    return {
      box: /** @type {Box} */ ([x - left, y - up, x + right, y + down]),
      score: sigmoid(logit),
    };
  });
  return nonMaxSuppression(detections, max_proposals, nms_iou);
}

/**
 * The hands in four overlapping parts of a large frame, or in one around a box: they are larger there.
 * @param {Pixels} frame
 * @param {Nets} nets
 * @param {Constants} constants
 * @param {Box} [around]
 */
export async function detectNearer(frame, nets, constants, around) {
  const { nearer, max_proposals } = constants.detector;
  const [width, height] = [rint(nearer * frame.width), rint(nearer * frame.height)];
  if (Math.max(width, height) < constants.detector.frame_size) return [];
  const [lowest, rightmost] = [frame.height - height, frame.width - width];
  let corners = [0, lowest].flatMap((top) => [0, rightmost].map((left) => [top, left]));
  if (around) {
    const [x0, y0, x1, y1] = around;
    const [top, left] = [rint((y0 + y1 - height) / 2), rint((x0 + x1 - width) / 2)];
    corners = [[Math.min(Math.max(top, 0), lowest), Math.min(Math.max(left, 0), rightmost)]];
  }
  const found = [];
  for (const [top, left] of corners)
    for (const hand of await detect(part(frame, left, top, width, height), nets, constants)) {
      const [x0, y0, x1, y1] = hand.box;
      /** @type {Box} */
      const box = [left + x0, top + y0, left + x1, top + y1];
      found.push({ ...hand, box });
    }
  return nonMaxSuppression(found, max_proposals, constants.nms_iou);
}

/**
 * The hands in a frame, with boxes in its pixels.
 * @param {Pixels} frame
 * @param {Nets} nets
 * @param {Constants} constants
 * @returns {Promise<Detection[]>}
 */
export async function detect(frame, nets, constants) {
  const shrunk = letterbox(frame, constants.detector);
  const outputs = await nets.detect(shrunk.input);
  return decodeProposals(outputs, constants)
    .map(({ box, score }) => ({ box: inFrame(shrunk, box), score }))
    .filter(
      ({ box: [x0, y0, x1, y1] }) => Math.min(x1 - x0, y1 - y0) >= constants.detector.min_box,
    );
}
