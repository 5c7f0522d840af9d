// The head that the server fitted, and its answers.

/** @typedef {{ weights: number[][], biases: number[], threshold: number }} Head */

/**
 * How probable each sign is, and last that it is none of them, as `core.few_shot.learning.Head`.
 * @param {Head} head
 * @param {ArrayLike<number>} features
 * @returns {number[]}
 */
export function headProbabilities({ weights, biases }, features) {
  const scores = weights.map((row, sign) =>
    row.reduce((sum, weight, place) => sum + weight * features[place], biases[sign]),
  );
  const highest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - highest));
  const sum = exponentials.reduce((total, each) => total + each, 0);
  return exponentials.map((each) => each / sum);
}

/**
 * The index of the sign that is shown, -1 where it is none of them.
 * @param {Head} head
 * @param {number[]} probabilities
 */
export function headAnswer({ threshold }, probabilities) {
  const signs = probabilities.slice(0, -1);
  const best = signs.indexOf(Math.max(...signs));
  return signs[best] >= threshold ? best : -1;
}
