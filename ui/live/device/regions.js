// Regions of images, as OpenCV has them: blurred, separated, counted and measured.

/** @import { Pixels } from "./types.d.ts" */

const { min } = Math;

/**
 * The image, blurred over three by three pixels; at its border it is mirrored.
 * @param {Pixels} image
 * @returns {Pixels}
 */
export function blurred({ data, width, height }) {
  const channels = data.length / (width * height);
  const line = width * channels;
  const result = new Uint8Array(data.length);
  const sums = new Uint16Array(line);
  for (let y = 0; y < height; y++) {
    const here = y * line;
    const above = mirrored(y - 1, height) * line;
    const below = mirrored(y + 1, height) * line;
    for (let index = 0; index < line; index++)
      sums[index] = data[above + index] + 2 * data[here + index] + data[below + index];
    for (let x = 0, index = 0; x < width; x++) {
      const left = mirrored(x - 1, width) * channels;
      const right = mirrored(x + 1, width) * channels;
      for (let channel = 0; channel < channels; channel++, index++)
        result[here + index] =
          (sums[left + channel] + 2 * sums[index] + sums[right + channel] + 8) >> 4;
    }
  }
  return { data: result, width, height };
}

/**
 * @param {number} place
 * @param {number} length  at least 2
 */
const mirrored = (place, length) =>
  place < 0 ? -place : place < length ? place : 2 * length - 2 - place;

/**
 * Otsu's threshold: the level up to which the darker of the two classes reaches.
 * @param {Uint8Array} levels
 */
export function otsuThreshold(levels) {
  const shares = new Float64Array(256);
  for (const level of levels) shares[level] += 1 / levels.length;
  const mean = shares.reduce((sum, share, level) => sum + share * level, 0);
  let [darker, darkerSum, best, threshold] = [0, 0, 0, 0];
  for (let level = 0; level < shares.length; level++) {
    darker += shares[level];
    darkerSum += level * shares[level];
    if (darker < 1e-7 || darker > 1 - 1e-7) continue;
    const between = (mean * darker - darkerSum) ** 2 / (darker * (1 - darker));
    if (between > best) [best, threshold] = [between, level];
  }
  return threshold;
}

/**
 * The regions of pixels that touch one another, if only at a corner, and the pixels of each.
 * @param {Pixels} mask  0 where there is none
 * @returns {{ labels: Int32Array, areas: number[] }}  from 1 on; 0 is where there is none
 */
export function connectedComponents({ data, width, height }) {
  // Runs of pixels in a row; those of one region lead to its first one.
  const starts = [0];
  const ends = [0];
  const first = [0];
  const firstOf = (/** @type {number} */ run) => {
    while (first[run] !== run) run = first[run] = first[first[run]];
    return run;
  };
  let above = 1; // the first run of the row above that may touch one of this row
  for (let y = 0; y < height; y++) {
    const line = y * width;
    const firstOfRow = starts.length;
    for (let x = 0; x < width; x++) {
      if (!data[line + x]) continue;
      const run = starts.length;
      starts.push(line + x);
      while (x < width && data[line + x]) x++;
      ends.push(line + x);
      first.push(run);
      while (above < firstOfRow && ends[above] + width < starts[run]) above++;
      for (let other = above; other < firstOfRow && starts[other] + width <= ends[run]; other++) {
        const [one, another] = [firstOf(run), firstOf(other)];
        first[Math.max(one, another)] = Math.min(one, another);
      }
    }
    above = firstOfRow;
  }
  const labels = new Int32Array(data.length);
  const areas = [0];
  const labelOf = new Int32Array(starts.length);
  for (let run = 1; run < starts.length; run++) {
    const root = firstOf(run);
    if (root === run) labelOf[run] = areas.push(0) - 1;
    areas[labelOf[root]] += ends[run] - starts[run];
    labels.fill(labelOf[root], starts[run], ends[run]);
  }
  return { labels, areas };
}

/**
 * The mask without parts that are one pixel thin.
 * @param {Pixels} mask
 * @returns {Pixels}
 */
export function withoutThreads({ data, width, height }) {
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const place = y * width + x;
      const left = x ? place - 1 : place;
      const up = y ? width : 0;
      if (!(data[place] && data[left] && data[place - up] && data[left - up])) continue;
      result[place] = result[left] = result[place - up] = result[left - up] = 1;
    }
  return { data: result, width, height };
}

const STRAIGHT = 65536; // of OpenCV's chamfer distances, in parts of a pixel
const DIAGONAL = Math.round(1.4 * STRAIGHT);
const KNIGHT = Math.round(2.1969 * STRAIGHT);
const FAR = 2 ** 30;

/**
 * How many pixels deep each pixel lies in the mask, which ends at the image's border.
 * @param {Pixels} mask
 * @returns {Float32Array}
 */
export function depths({ data, width, height }) {
  // Two further lines all round, so that no neighbour is outside.
  const line = width + 4;
  const distances = new Int32Array(line * (height + 4));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (data[y * width + x]) distances[(y + 2) * line + x + 2] = FAR;
  // To the neighbours that come later, row by row; the others lie opposite.
  const steps = [1, line, line - 1, line + 1, 2 * line - 1, 2 * line + 1, line - 2, line + 2];
  const lengths = [STRAIGHT, STRAIGHT, DIAGONAL, DIAGONAL, KNIGHT, KNIGHT, KNIGHT, KNIGHT];
  const shorten = (/** @type {number} */ place, /** @type {1 | -1} */ towards) => {
    if (!distances[place]) return;
    for (let step = 0; step < steps.length; step++)
      distances[place] = min(
        distances[place],
        distances[place + towards * steps[step]] + lengths[step],
      );
  };
  for (let y = 2; y < height + 2; y++)
    for (let x = 2; x < width + 2; x++) shorten(y * line + x, -1);
  for (let y = height + 1; y >= 2; y--)
    for (let x = width + 1; x >= 2; x--) shorten(y * line + x, 1);
  const result = new Float32Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      result[y * width + x] = distances[(y + 2) * line + x + 2] / STRAIGHT;
  return result;
}
