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

/** @param {number[]} values  The place of the largest, of several the first. */
export const argmax = (values) => values.indexOf(Math.max(...values));
