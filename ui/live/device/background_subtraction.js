// The hand that stands out from a plain background, as `core.hands.background_subtraction`.

import { bytesOf, degrees, quantile, rint } from "./numbers.js";
import { blurred, connectedComponents, depths, otsuThreshold, withoutThreads } from "./regions.js";
import { shrunk } from "./resize.js";

/** @import { Box, Constants, HandMask, Pixels } from "./types.d.ts" */

/** @typedef {Constants["background_subtraction"]} Settings */

const TERMS = 6; // of a quadratic surface

/**
 * The one hand that stands out from a plain background, or null.
 * @param {Pixels} frame
 * @param {Settings} settings
 * @returns {{ box: Box, hand: HandMask } | null}
 */
export function detectByBackground(frame, settings) {
  const scale = Math.min(1, settings.analysis_size / Math.max(frame.width, frame.height));
  if (Math.min(frame.width, frame.height) * scale < settings.min_side) return null;
  const [width, height] = [rint(frame.width * scale), rint(frame.height * scale)];
  const difference = backgroundDifference(shrunk(frame, width, height), settings);
  const mask = largestRegion(difference, width, height, settings);
  if (!mask) return null;
  const hand = withoutArm(mask, scale, settings);
  return { box: boxOf(hand, frame), hand };
}

/**
 * How far each pixel's colour lies from a smooth background fitted to the border, in weighted levels
 * of luma and chroma.
 * @param {Pixels} image  RGBA
 * @param {Settings} settings
 */
export function backgroundDifference(image, settings) {
  const { width, height } = image;
  const levels = weightedLevels(blurred(image), settings.channel_weights);
  const longer = Math.max(width, height);
  const terms = (/** @type {number} */ place) => {
    const x = (place % width) / longer - 0.5;
    const y = Math.floor(place / width) / longer - 0.5;
    return [1, x, y, x * y, x * x, y * y];
  };
  const border = borderPixels(width, height, settings);
  // Starting from the median keeps an arm on up to half of the border from bending the first fit.
  let surfaces = levels.map((channel) => [
    quantile(
      Float32Array.from(border, (place) => channel[place]),
      0.5,
    ),
    ...new Array(TERMS - 1).fill(0),
  ]);
  const surface = border.map(terms);
  for (let round = 0; round < 3; round++) {
    const distances = Float32Array.from(border, (place, index) =>
      Math.hypot(
        ...levels.map((channel, c) => channel[place] - heightOf(surfaces[c], surface[index])),
      ),
    );
    const limit = quantile(distances.slice(), 0.7);
    const fitting = [...border.keys()].filter((index) => distances[index] <= limit);
    const rows = fitting.map((index) => surface[index]);
    surfaces = levels.map((channel) =>
      leastSquares(
        rows,
        fitting.map((index) => channel[border[index]]),
      ),
    );
  }
  return distanceFrom(surfaces, levels, width, height);
}

/**
 * Luma, red and blue chroma (YCbCr, as OpenCV rounds them), each times its weight.
 * @param {Pixels} image  RGBA
 * @param {number[]} weights
 */
function weightedLevels({ data, width, height }, weights) {
  const [luma, red, blue] = weights.map(() => new Float32Array(width * height));
  for (let place = 0, source = 0; place < luma.length; place++, source += 4) {
    const [r, b] = [data[source], data[source + 2]];
    const y = (4899 * r + 9617 * data[source + 1] + 1868 * b + 8192) >> 14;
    luma[place] = weights[0] * y;
    red[place] = weights[1] * within(((r - y) * 11682 + (128 << 14) + 8192) >> 14);
    blue[place] = weights[2] * within(((b - y) * 9241 + (128 << 14) + 8192) >> 14);
  }
  return [luma, red, blue];
}

/** @param {number} level */
const within = (level) => Math.min(Math.max(level, 0), 255);

/**
 * @param {number} width
 * @param {number} height
 * @param {Settings} settings
 */
function borderPixels(width, height, { border_share, border_samples }) {
  const edge = Math.max(2, rint(border_share * Math.min(width, height)));
  /** @type {number[]} */
  const places = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (Math.min(x, y, width - 1 - x, height - 1 - y) < edge) places.push(y * width + x);
  const step = Math.max(1, Math.floor(places.length / border_samples));
  return places.filter((_, index) => index % step === 0);
}

/**
 * @param {number[]} surface
 * @param {number[]} terms
 */
const heightOf = (surface, terms) =>
  surface.reduce((sum, factor, term) => sum + factor * terms[term], 0);

/**
 * The factors by which the terms of each row come closest to the values, by the normal equations.
 * @param {number[][]} rows
 * @param {number[]} values
 */
function leastSquares(rows, values) {
  const system = Array.from({ length: TERMS }, () => new Float64Array(TERMS + 1));
  rows.forEach((terms, row) => {
    for (let one = 0; one < TERMS; one++) {
      for (let other = 0; other < TERMS; other++) system[one][other] += terms[one] * terms[other];
      system[one][TERMS] += terms[one] * values[row];
    }
  });
  // A border on which a surface is not determined gets one that is nearly flat.
  for (let one = 0; one < TERMS; one++) system[one][one] += 1e-9 * rows.length;
  for (let one = 0; one < TERMS; one++)
    for (let other = one + 1; other < TERMS; other++) {
      const times = system[other][one] / system[one][one];
      for (let term = one; term <= TERMS; term++) system[other][term] -= times * system[one][term];
    }
  const factors = new Array(TERMS).fill(0);
  for (let one = TERMS - 1; one >= 0; one--) {
    let rest = system[one][TERMS];
    for (let other = one + 1; other < TERMS; other++) rest -= system[one][other] * factors[other];
    factors[one] = rest / system[one][one];
  }
  return factors;
}

/**
 * @param {number[][]} surfaces  one a channel
 * @param {Float32Array[]} levels
 * @param {number} width
 * @param {number} height
 */
function distanceFrom(surfaces, levels, width, height) {
  const longer = Math.max(width, height);
  const squares = new Float32Array(width * height);
  levels.forEach((channel, c) => {
    const [one, byX, byY, byXy, byXx, byYy] = surfaces[c];
    for (let row = 0, place = 0; row < height; row++) {
      const y = row / longer - 0.5;
      for (let column = 0; column < width; column++, place++) {
        const x = column / longer - 0.5;
        const fitted = one + byX * x + byY * y + byXy * x * y + byXx * x * x + byYy * y * y;
        squares[place] += (channel[place] - fitted) ** 2;
      }
    }
  });
  return squares.map(Math.sqrt);
}

/**
 * The mask of the one region that stands out, or null if there is no such region.
 * @param {Float32Array} difference
 * @param {number} width
 * @param {number} height
 * @param {Settings} settings
 * @returns {Pixels | null}
 */
function largestRegion(difference, width, height, settings) {
  const levels = bytesOf(difference, (value) => Math.min(value * 4, 255));
  const threshold = otsuThreshold(levels) / 4;
  const outside = difference.filter((value) => value <= threshold);
  const noise = Math.max(quantile(outside, 0.5), 0.5);
  const strong = bytesOf(difference, (value) => Number(value > threshold * 0.9));
  const { labels, areas } = connectedComponents(withoutThreads({ data: strong, width, height }));
  if (areas.length < 2) return null;
  const largest = areas.indexOf(Math.max(...areas));
  const area = areas[largest];
  const share = area / labels.length;
  const contrast =
    quantile(
      difference.filter((_, place) => labels[place] === largest),
      0.5,
    ) / noise;
  const clutter = (areas.reduce((sum, each) => sum + each) - area) / area;
  if (share < settings.min_hand_share || share > settings.max_hand_share) return null;
  if (contrast < settings.min_contrast || clutter > settings.max_clutter) return null;
  const data = bytesOf(labels, (label) => Number(label === largest));
  return withoutSmallHoles({ data, width, height }, area);
}

/**
 * The mask without holes smaller than 1% of it: creases and glints, but not a closed O.
 * @param {Pixels} mask
 * @param {number} area  of the mask
 * @returns {Pixels}
 */
function withoutSmallHoles({ data, width, height }, area) {
  const outside = bytesOf(data, (value) => 1 - value);
  const { labels, areas } = connectedComponents({ data: outside, width, height });
  const filled = bytesOf(labels, (label) => Number(!label || areas[label] < 0.01 * area));
  return { data: filled, width, height };
}

/**
 * The hand with its arm cut off and its palm measured.
 * @param {Pixels} mask
 * @param {number} scale
 * @param {Settings} settings
 * @returns {HandMask}
 */
function withoutArm(mask, scale, { wrist_at_palm_radii, natural_lean }) {
  const depth = depths(mask);
  let deepest = 0;
  for (let place = 1; place < depth.length; place++)
    if (depth[place] > depth[deepest]) deepest = place;
  const radius = depth[deepest];
  const palm = { x: deepest % mask.width, y: Math.floor(deepest / mask.width) };
  const arm = armDirection(mask, palm);
  if (!arm) return { mask, scale, palmRadius: radius / scale, rotation: 0 };
  const data = mask.data.map((value, place) => {
    const [x, y] = [place % mask.width, Math.floor(place / mask.width)];
    const along = (x - palm.x) * arm.x + (y - palm.y) * arm.y;
    return Number(value && along < wrist_at_palm_radii * radius);
  });
  const lean = degrees(Math.atan2(-arm.x, arm.y));
  const rotation = Math.sign(lean) * Math.max(0, Math.abs(lean) - natural_lean);
  return { mask: { ...mask, data }, scale, palmRadius: radius / scale, rotation };
}

/**
 * The unit vector from the palm to where the arm leaves the frame, or null if it does not.
 * @param {Pixels} mask
 * @param {{ x: number, y: number }} palm
 */
function armDirection({ data, width, height }, palm) {
  let [pixels, xSum, ySum] = [0, 0, 0];
  data.forEach((value, place) => {
    const [x, y] = [place % width, Math.floor(place / width)];
    if (!value || (x > 0 && y > 0 && x < width - 1 && y < height - 1)) return;
    pixels++;
    xSum += x;
    ySum += y;
  });
  if (pixels < 3) return null;
  const [x, y] = [xSum / pixels - palm.x, ySum / pixels - palm.y];
  const length = Math.hypot(x, y);
  return length > 1 ? { x: x / length, y: y / length } : null;
}

/**
 * @param {HandMask} hand
 * @param {Pixels} frame
 * @returns {Box}
 */
function boxOf({ mask: { data, width }, scale }, frame) {
  let [x0, y0, x1, y1] = [Infinity, Infinity, 0, 0];
  data.forEach((value, place) => {
    if (!value) return;
    const [x, y] = [place % width, Math.floor(place / width)];
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x + 1), Math.max(y1, y + 1)];
  });
  return [
    x0 / scale,
    y0 / scale,
    Math.min(frame.width, x1 / scale),
    Math.min(frame.height, y1 / scale),
  ];
}
