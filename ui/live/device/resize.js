// Shrinks images by averaging over areas, as OpenCV's INTER_AREA does.

import { rint } from "./numbers.js";

/** @import { Pixels } from "./types.d.ts" */

const NEGLIGIBLE = 1e-3; // a share of a pixel that OpenCV leaves out

/**
 * Which pixels of a line one pixel of the shorter line averages, and the weight of each.
 * @param {number} from
 * @param {number} to
 */
function areas(from, to) {
  const scale = from / to;
  const first = new Int32Array(to + 1);
  const pixels = [];
  const weights = [];
  for (let place = 0; place < to; place++) {
    const start = place * scale;
    const end = start + scale;
    const width = Math.min(scale, from - start);
    const last = Math.min(Math.floor(end), from - 1);
    const whole = Math.min(Math.ceil(start), last);
    if (whole - start > NEGLIGIBLE) {
      pixels.push(whole - 1);
      weights.push((whole - start) / width);
    }
    for (let pixel = whole; pixel < last; pixel++) {
      pixels.push(pixel);
      weights.push(1 / width);
    }
    if (end - last > NEGLIGIBLE) {
      pixels.push(last);
      weights.push(Math.min(end - last, 1, width) / width);
    }
    first[place + 1] = pixels.length;
  }
  return { first, pixels: Int32Array.from(pixels), weights: Float32Array.from(weights) };
}

/**
 * An image of half the width and height; an odd last row or column is left out.
 * @param {Pixels} image
 * @returns {Pixels}
 */
export function halved({ data, width, height }) {
  const channels = data.length / (width * height);
  const [newWidth, newHeight] = [width >> 1, height >> 1];
  const half = new Uint8Array(newWidth * newHeight * channels);
  const line = width * channels;
  let target = 0;
  for (let y = 0; y < newHeight; y++) {
    let source = 2 * y * line;
    for (let x = 0; x < newWidth; x++, source += 2 * channels)
      for (let channel = source; channel < source + channels; channel++)
        half[target++] =
          (data[channel] +
            data[channel + channels] +
            data[channel + line] +
            data[channel + line + channels] +
            2) >>
          2;
  }
  return { data: half, width: newWidth, height: newHeight };
}

/**
 * @param {Pixels} image
 * @param {number} newWidth  at most the width
 * @param {number} newHeight  at most the height
 * @returns {Pixels}
 */
export function shrunk(image, newWidth, newHeight) {
  const { data, width, height } = image;
  if (width === 2 * newWidth && height === 2 * newHeight) return halved(image);
  const channels = data.length / (width * height);
  const [across, down] = [areas(width, newWidth), areas(height, newHeight)];
  const row = new Float32Array(newWidth * channels);
  const sum = new Float32Array(newWidth * channels);
  const result = new Uint8Array(newWidth * newHeight * channels);
  let summed = -1;
  for (let y = 0; y < newHeight; y++) {
    sum.fill(0);
    for (let part = down.first[y]; part < down.first[y + 1]; part++) {
      if (summed !== down.pixels[part]) {
        summed = down.pixels[part];
        sumAcross(data, summed * width * channels, channels, across, row);
      }
      const weight = down.weights[part];
      for (let index = 0; index < row.length; index++) sum[index] += weight * row[index];
    }
    const start = y * sum.length;
    for (let index = 0; index < sum.length; index++) result[start + index] = rint(sum[index]);
  }
  return { data: result, width: newWidth, height: newHeight };
}

/**
 * @param {Uint8Array | Uint8ClampedArray} data
 * @param {number} start  of the line
 * @param {number} channels
 * @param {ReturnType<typeof areas>} across
 * @param {Float32Array} row  to be filled
 */
function sumAcross(data, start, channels, { first, pixels, weights }, row) {
  for (let x = 0; x + 1 < first.length; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let part = first[x]; part < first[x + 1]; part++) {
      const place = start + pixels[part] * channels;
      const weight = weights[part];
      red += data[place] * weight;
      if (channels === 1) continue;
      green += data[place + 1] * weight;
      blue += data[place + 2] * weight;
    }
    row[x * channels] = red;
    if (channels === 1) continue;
    row[x * channels + 1] = green;
    row[x * channels + 2] = blue;
  }
}
