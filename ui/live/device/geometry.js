// Every resize and crop between a frame and a model's input, as `core.images.geometry`.

import { radians, rint } from "./numbers.js";
import { halved, shrunk } from "./resize.js";

/**
 * @import { Box, Constants, Pixels, Square } from "./types.d.ts"
 * @typedef {[number, number, number, number, number, number]} Affine
 *   [xx, xy, x, yx, yy, y]: from pixels of one image to those of another
 */

const { fround } = Math;

/**
 * The brightness of an RGBA image (ITU-R BT.601 luma), rounded as OpenCV does.
 * @param {Pixels} image
 * @returns {Pixels}
 */
export function toGrey({ data, width, height }) {
  const grey = new Uint8Array(width * height);
  for (let pixel = 0, source = 0; pixel < grey.length; pixel++, source += 4)
    grey[pixel] =
      (9798 * data[source] + 19235 * data[source + 1] + 3735 * data[source + 2] + 16384) >> 15;
  return { data: grey, width, height };
}

/**
 * A part of an RGBA image.
 * @param {Pixels} image
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 * @returns {Pixels}
 */
export function part(image, left, top, width, height) {
  const data = new Uint8Array(4 * width * height);
  for (let row = 0; row < height; row++) {
    const start = 4 * ((top + row) * image.width + left);
    data.set(image.data.subarray(start, start + 4 * width), 4 * row * width);
  }
  return { data, width, height };
}

/**
 * A whole frame, resized into the upper left corner of the detector's input.
 * @param {Pixels} frame  of the camera, at least as large as the input
 * @param {Constants["detector"]} constants
 */
export function letterbox(frame, { frame_size: size, padding }) {
  const scale = size / Math.max(frame.width, frame.height);
  const width = Math.max(1, rint(frame.width * scale));
  const height = Math.max(1, rint(frame.height * scale));
  let image = frame;
  while (image.width >= 2 * width && image.height >= 2 * height) image = halved(image);
  if (image.width !== width || image.height !== height) image = shrunk(image, width, height);
  const input = new Float32Array(3 * size * size).fill(padding);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++)
        input[3 * (y * size + x) + channel] = image.data[4 * (y * width + x) + channel];
  return { input, width, height, xScale: width / frame.width, yScale: height / frame.height };
}

/**
 * A box of the letterbox in pixels of the frame, clipped to the frame.
 * @param {ReturnType<typeof letterbox>} letterbox
 * @param {Box} box
 * @returns {Box}
 */
export function inFrame({ xScale, yScale, width, height }, [x0, y0, x1, y1]) {
  return [
    Math.max(x0, 0) / xScale,
    Math.max(y0, 0) / yScale,
    Math.min(x1, width) / xScale,
    Math.min(y1, height) / yScale,
  ];
}

/**
 * The square to crop for a hand's box.
 * @param {Box} box
 * @param {number} margin
 * @returns {Square}
 */
export function squareAround([x0, y0, x1, y1], margin) {
  const longer = Math.max(x1 - x0, y1 - y0);
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, side: Math.max(1, margin * longer), rotation: 0 };
}

/**
 * The square as a grey image; outside the frame its edge pixels are repeated.
 * @param {Pixels} grey
 * @param {Square} square
 * @param {number} size  of the image
 * @returns {Uint8Array}
 */
export function crop(grey, square, size) {
  const reach = square.side * (square.rotation === 0 ? 0.5 : 0.75) + 2;
  const [left, right] = within(square.x, reach, grey.width);
  const [top, bottom] = within(square.y, reach, grey.height);
  const part = { data: new Uint8Array(0), width: right - left, height: bottom - top };
  part.data = new Uint8Array(part.width * part.height);
  for (let y = top; y < bottom; y++) {
    const start = y * grey.width;
    part.data.set(grey.data.subarray(start + left, start + right), (y - top) * part.width);
  }
  return warp(part, placement({ ...square, x: square.x - left, y: square.y - top }, size), size);
}

/**
 * @param {number} middle
 * @param {number} reach
 * @param {number} length
 */
function within(middle, reach, length) {
  const first = Math.min(Math.max(0, Math.trunc(middle - reach)), length - 1);
  return [first, Math.min(Math.max(Math.ceil(middle + reach), first + 1), length)];
}

/**
 * The map from pixels of the frame to those of the crop.
 * @param {Square} square
 * @param {number} size
 * @returns {Affine}
 */
function placement({ x, y, side, rotation }, size) {
  const scale = size / side;
  const cosine = scale * Math.cos(radians(rotation));
  const sine = scale * Math.sin(radians(rotation));
  return [
    cosine,
    sine,
    size / 2 - (cosine * x + sine * y),
    -sine,
    cosine,
    size / 2 - (-sine * x + cosine * y),
  ];
}

/**
 * Warps a grey image by an affine map, without aliasing where it shrinks.
 * @param {Pixels} image
 * @param {Affine} map
 * @param {number} size
 * @param {boolean} isBlackOutside  else the pixels of its edge are repeated
 */
export function warp(image, [xx, xy, x, yx, yy, y], size, isBlackOutside = false) {
  const scale = rint(Math.sqrt(xx * xx + yx * yx) * 1e9) / 1e9;
  if (scale < 0.5) {
    const width = Math.max(1, rint(image.width * 2 * scale));
    const height = Math.max(1, rint(image.height * 2 * scale));
    const [wider, higher] = [width / image.width, height / image.height];
    image = shrunk(image, width, height);
    [xx, yx, xy, yy] = [xx / wider, yx / wider, xy / higher, yy / higher];
  }
  if (isBlackOutside) {
    image = framed(image);
    [x, y] = [x - FRAME * (xx + xy), y - FRAME * (yx + yy)];
  }
  // Places are counted from pixel centres, the map counts from pixel corners.
  const centred = inverse([xx, xy, x + (xx + xy) / 2 - 0.5, yx, yy, y + (yx + yy) / 2 - 0.5]);
  return interpolated(image, centred, size, scale < 1 ? linear : cubic);
}

const FRAME = 1;

/**
 * A grey image in a black frame.
 * @param {Pixels} image
 * @returns {Pixels}
 */
function framed({ data, width, height }) {
  const [wider, higher] = [width + 2 * FRAME, height + 2 * FRAME];
  const result = new Uint8Array(wider * higher);
  for (let y = 0; y < height; y++)
    result.set(data.subarray(y * width, (y + 1) * width), (y + FRAME) * wider + FRAME);
  return { data: result, width: wider, height: higher };
}

/**
 * @param {Affine} map
 * @returns {Affine}
 */
function inverse([xx, xy, x, yx, yy, y]) {
  const determinant = xx * yy - xy * yx;
  const [a, b, c, d] = [xx, xy, yx, yy].map((value) => value / determinant);
  return [d, -b, b * y - d * x, -c, a, c * x - a * y];
}

/**
 * @param {Pixels} image
 * @param {Affine} map  from pixels of the result to those of the image
 * @param {number} size
 * @param {{ weights: Float64Array, fill: (share: number, weights: Float64Array) => void }} kernel
 *   the weights of the pixels around a place
 */
function interpolated({ data, width, height }, map, size, kernel) {
  const [xx, xy, x0, yx, yy, y0] = map.map(fround);
  const [across, down] = [kernel.weights.slice(), kernel.weights.slice()];
  const before = across.length / 2 - 1; // pixels left of the one that a place lies in
  const result = new Uint8ClampedArray(size * size);
  for (let row = 0, target = 0; row < size; row++) {
    const xStart = fround(fround(row * xy) + x0);
    const yStart = fround(fround(row * yy) + y0);
    for (let column = 0; column < size; column++, target++) {
      const x = fround(fround(column * xx) + xStart);
      const y = fround(fround(column * yx) + yStart);
      const left = Math.floor(x);
      const top = Math.floor(y);
      kernel.fill(x - left, across);
      kernel.fill(y - top, down);
      let sum = 0;
      for (let j = 0; j < down.length; j++) {
        const line = clamped(top + j - before, height) * width;
        let inLine = 0;
        for (let i = 0; i < across.length; i++)
          inLine += across[i] * data[line + clamped(left + i - before, width)];
        sum += down[j] * inLine;
      }
      result[target] = rint(sum);
    }
  }
  return new Uint8Array(result.buffer);
}

/**
 * @param {number} place
 * @param {number} length
 */
const clamped = (place, length) => (place < 0 ? 0 : place < length ? place : length - 1);

const linear = {
  weights: new Float64Array(2),
  fill: (/** @type {number} */ share, /** @type {Float64Array} */ weights) => {
    weights[0] = 1 - share;
    weights[1] = share;
  },
};

const SHARPNESS = -0.75; // OpenCV's

const cubic = {
  weights: new Float64Array(4),
  fill: (/** @type {number} */ share, /** @type {Float64Array} */ weights) => {
    const rest = 1 - share;
    const far = share + 1;
    weights[0] = ((SHARPNESS * far - 5 * SHARPNESS) * far + 8 * SHARPNESS) * far - 4 * SHARPNESS;
    weights[1] = ((SHARPNESS + 2) * share - (SHARPNESS + 3)) * share * share + 1;
    weights[2] = ((SHARPNESS + 2) * rest - (SHARPNESS + 3)) * rest * rest + 1;
    weights[3] = 1 - weights[0] - weights[1] - weights[2];
  },
};

/**
 * The largest square in the middle of a frame.
 * @param {Pick<Pixels, "width" | "height">} frame
 * @returns {Box}
 */
export function middleOf({ width, height }) {
  const side = Math.min(width, height);
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  return [left, top, left + side, top + side];
}
