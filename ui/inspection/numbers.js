// Arrays from the app, and numbers in words. Nothing is computed here: the app did.

/**
 * @param {Packed} packed
 * @returns {Tensor}
 */
function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed.data), (letter) => letter.charCodeAt(0));
  return { shape: packed.shape, values: new Float32Array(bytes.buffer) };
}

/**
 * The number at a place, whose last indices may be left out.
 * @param {Tensor} tensor
 * @param {number[]} place
 */
function at(tensor, ...place) {
  return tensor.values[offsetOf(tensor, place)];
}

/**
 * @param {Tensor} tensor
 * @param {number[]} place
 */
function offsetOf(tensor, place) {
  return tensor.shape.reduce((offset, size, axis) => offset * size + (place[axis] ?? 0), 0);
}

/**
 * All numbers from a place on, along the axes that it leaves out.
 * @param {Tensor} tensor
 * @param {number[]} place
 */
function slice(tensor, ...place) {
  const length = tensor.shape.slice(place.length).reduce((product, size) => product * size, 1);
  const start = offsetOf(tensor, place);
  return tensor.values.subarray(start, start + length);
}

/** @param {ArrayLike<number>} values */
function largest(values) {
  let found = 0;
  for (let index = 0; index < values.length; index += 1)
    found = Math.max(found, Math.abs(values[index]));
  return found || 1;
}

/**
 * Three figures, and never a minus before a zero.
 * @param {number} value
 */
function words(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size >= 1000 || size < 0.0005 ? size.toExponential(1) : size.toPrecision(size >= 1 ? 4 : 3);
  return `${value < 0 ? "−" : ""}${text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text}`;
}

/**
 * As short as it fits into a cell of a grid.
 * @param {number} value
 */
function short(value) {
  const size = Math.abs(value);
  const text = size >= 100 ? size.toFixed(0) : size >= 10 ? size.toFixed(1) : size.toFixed(2);
  return `${value < 0 && Number(text) ? "−" : ""}${text}`;
}

/**
 * A percentage, never rounded to certainty.
 * @param {number} probability
 */
function share(probability) {
  if (probability > 0.9995) return "> 99.9%";
  if (probability < 0.0005) return "< 0.1%";
  return `${(100 * probability).toFixed(1)}%`;
}
