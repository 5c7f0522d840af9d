// The colours of numbers on both sides of zero; components join this to their scripts.

/** @typedef {[number, number, number]} Colour */
/** @typedef {{ negative: Colour, zero: Colour, positive: Colour }} Palette */

// Blue and orange are told apart by nearly everybody; zero lies near the page's own background.
/** @type {Record<"light" | "dark", Palette>} */
const PALETTES = {
  light: { negative: [29, 78, 216], zero: [241, 245, 244], positive: [194, 65, 12] },
  dark: { negative: [96, 165, 250], zero: [26, 37, 36], positive: [251, 146, 60] },
};

/**
 * The palette of the theme whose background is given in any notation of CSS.
 * @param {string} background
 */
function paletteFor(background) {
  return PALETTES[isDark(background) ? "dark" : "light"];
}

/** @param {string} colour */
function isDark(colour) {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return false;
  context.fillStyle = colour.trim();
  const number = parseInt(String(context.fillStyle).slice(1), 16);
  return (number >> 16) + ((number >> 8) & 255) + (number & 255) < 384;
}

/**
 * The opaque colour of a value, -1 to 1.
 * @param {Palette} palette
 * @param {number} value
 */
function mixed(palette, value) {
  const end = value < 0 ? palette.negative : palette.positive;
  const part = Math.min(Math.abs(value), 1);
  return [...palette.zero.map((each, channel) => each + (end[channel] - each) * part), 255];
}
