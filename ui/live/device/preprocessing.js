// A hand made to look like the article's dataset, as `core.hands.preprocessing`.

import { warp } from "./geometry.js";
import { bytesOf, radians, rint } from "./numbers.js";
import { blurred } from "./regions.js";

/**
 * @import { Affine } from "./geometry.js"
 * @import { Constants, HandMask, Pixels } from "./types.d.ts"
 * @typedef {Constants["dataset"]} Look
 */

/**
 * Gives a grey frame's hand the direction, size, light and background of the dataset.
 * @param {Pixels} grey
 * @param {HandMask} hand
 * @param {Look} look
 * @param {number} size  of the image
 * @returns {Uint8Array}
 */
export function preprocessLikeDataset(grey, hand, look, size) {
  const placement = placementOf(hand, look, size);
  const alpha = warpedMask(hand, placement, size);
  const toned = tonedLikeDataset(warp(grey, placement, size), alpha, look);
  background ??= Uint8Array.from(atob(look.background), (letter) => letter.charCodeAt(0));
  return bytesOf(background, (level, place) =>
    rint(toned[place] * alpha[place] + level * (1 - alpha[place])),
  );
}

/** @type {Uint8Array | undefined} */
let background;

/**
 * The map from pixels of the frame to those of the image.
 * @param {HandMask} hand
 * @param {Look} look
 * @param {number} size
 * @returns {Affine}
 */
function placementOf({ mask, scale, palmRadius, rotation }, { palm_radius, margin }, size) {
  const { width, height, data } = mask;
  let pixels = 0;
  let xSum = 0;
  let ySum = 0;
  for (let row = 0, place = 0; row < height; row++)
    for (let column = 0; column < width; column++, place++) {
      if (!data[place]) continue;
      pixels++;
      xSum += column + 0.5;
      ySum += row + 0.5;
    }
  const x = xSum / pixels / scale;
  const y = ySum / pixels / scale;
  const [cosine, sine] = [Math.cos(radians(rotation)), Math.sin(radians(rotation))];
  let reach = 0;
  for (let row = 0, place = 0; row < height; row++)
    for (let column = 0; column < width; column++, place++) {
      if (!data[place]) continue;
      const right = (column + 0.5) / scale - x;
      const down = (row + 0.5) / scale - y;
      reach = Math.max(
        reach,
        Math.abs(cosine * right + sine * down),
        Math.abs(cosine * down - sine * right),
      );
    }
  // The palm sets the scale, so that a fist stays smaller than an open hand, unless the hand
  // would not fit.
  const zoom = Math.min(palm_radius / palmRadius, (size / 2 - margin) / reach);
  const [along, across] = [zoom * cosine, zoom * sine];
  return [
    along,
    across,
    size / 2 - (along * x + across * y),
    -across,
    along,
    size / 2 - (along * y - across * x),
  ];
}

/**
 * How much of each pixel of the image belongs to the hand, 0 to 1, with a soft edge.
 * @param {HandMask} hand
 * @param {Affine} placement
 * @param {number} size
 */
function warpedMask({ mask, scale }, [xx, xy, x, yx, yy, y], size) {
  const levels = blurred({ ...mask, data: mask.data.map((value) => 255 * value) });
  /** @type {Affine} */
  const fromSmall = [xx / scale, xy / scale, x, yx / scale, yy / scale, y];
  return new Float32Array(warp(levels, fromSmall, size, true)).map((level) => level / 255);
}

/**
 * The hand's grey levels, shifted and stretched towards the dataset's mean and deviation.
 * @param {Uint8Array} image
 * @param {Float32Array} alpha
 * @param {Look} look
 */
function tonedLikeDataset(image, alpha, { hand_mean, hand_deviation, max_contrast }) {
  const hand = image.filter((_, place) => alpha[place] > 0.9);
  if (!hand.length) return new Float32Array(image);
  const average = hand.reduce((sum, level) => sum + level, 0) / hand.length;
  const variance = hand.reduce((sum, level) => sum + (level - average) ** 2, 0) / hand.length;
  const [mean, deviation] = [Math.max(average, 1), Math.max(Math.sqrt(variance), 1)];
  const gain = Math.min(hand_deviation / deviation, (max_contrast * hand_mean) / mean);
  return new Float32Array(image).map((level) =>
    Math.min(Math.max((level - mean) * gain + hand_mean, 0), 255),
  );
}
