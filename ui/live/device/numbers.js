// Small functions of numbers, as NumPy has them.

const HALF_EVEN = 6755399441055744; // 1.5 · 2⁵²: a number so large has no fraction

/** @param {number} value  The nearest whole number, of two the even one. */
export const rint = (value) => value + HALF_EVEN - HALF_EVEN;

/** @param {number} logit */
export const sigmoid = (logit) => 1 / (1 + Math.exp(-Math.min(Math.max(logit, -50), 50)));

/**
 * The same in 32-bit floats, as NumPy computes it of such: near 1 the logit of it is another.
 * @param {number} logit
 */
export const sigmoid32 = (logit) => {
  const { exp, fround } = Math;
  return fround(1 / fround(1 + fround(exp(-Math.min(Math.max(logit, -50), 50)))));
};

/**
 * The inverse of the logistic function, within the precision of 32-bit floats.
 * @param {number} probability
 */
export function logit(probability) {
  const likely = Math.min(Math.max(probability, 1e-6), 1 - 1e-6);
  return Math.log(likely / (1 - likely));
}

/** @param {number[]} logits */
export function logSoftmax(logits) {
  const highest = Math.max(...logits);
  const sum = logits.reduce((total, value) => total + Math.exp(value - highest), 0);
  return logits.map((value) => value - highest - Math.log(sum));
}

/** @param {number} degrees */
export const radians = (degrees) => (degrees * Math.PI) / 180;

/** @param {number} radians */
export const degrees = (radians) => (radians * 180) / Math.PI;

/** @param {number[]} values  The place of the largest, of several the first. */
export const argmax = (values) => values.indexOf(Math.max(...values));

/**
 * A byte for each value; `Uint8Array.from` takes many times as long.
 * @param {Uint8Array | Uint8ClampedArray | Int32Array | Float32Array} values
 * @param {(value: number, place: number) => number} byteOf
 */
export function bytesOf(values, byteOf) {
  const bytes = new Uint8Array(values.length);
  for (let place = 0; place < bytes.length; place++) bytes[place] = byteOf(values[place], place);
  return bytes;
}

/**
 * The value below which a share of all values lies, between two of them where it is so.
 * @param {Float32Array} values  at least one; put into another order
 * @param {number} share
 */
export function quantile(values, share) {
  const place = share * (values.length - 1);
  const whole = Math.floor(place);
  select(values, whole);
  const lower = values[whole];
  if (whole === place) return lower;
  let upper = Infinity;
  for (let index = whole + 1; index < values.length; index++)
    upper = Math.min(upper, values[index]);
  return lower + (place - whole) * (upper - lower);
}

/**
 * Puts the value at a place that sorting would put there, and no smaller one behind it (quickselect).
 * @param {Float32Array} values
 * @param {number} place
 */
function select(values, place) {
  let first = 0;
  let last = values.length - 1;
  while (first < last) {
    const pivot = values[place];
    let low = first;
    let high = last;
    while (low <= high) {
      while (values[low] < pivot) low++;
      while (values[high] > pivot) high--;
      if (low > high) break;
      [values[low], values[high]] = [values[high], values[low]];
      low++;
      high--;
    }
    if (high < place) first = low;
    if (low > place) last = high;
  }
}
