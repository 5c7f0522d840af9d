// A feature map at work: a window slides over the map before, and every step becomes a number.

/**
 * Shared by all panels: what is done with a pixel that is pointed at, or chosen.
 * @typedef {{
 *   palette: Palette,
 *   pointed: (row: number, at: number, isChosen: boolean) => void,
 *   channel: (index: number) => void,
 * }} Handlers
 */

/**
 * Feature maps of a convolution, or of the last one in a stage of residual blocks.
 * @param {HTMLElement} host
 * @param {UnitData} unit
 * @param {Handlers} handlers
 */
function drawMapUnit(host, unit, handlers) {
  const { palette } = handlers;
  const [given, products, byChannel] = [unit.given, unit.products, unit.byChannel].map(unpacked);
  const kernel = unpacked(unit.kernel);
  const [sums, output] = [unit.sums, unit.output].map(unpacked);
  const normalised = unit.norm ? unpacked(/** @type {Packed} */ (unit.normalised)) : null;
  const shortcut = unit.shortcut ? unpacked(unit.shortcut) : null;
  const { size, stride, before } = unit.window;
  const [rows, columns] = sums.shape;
  const channels = byChannel.shape[2];
  const from = unit.inBlock ? "the block’s first convolution" : unit.before;
  const input = channels > 1 ? `${from}, map ${unit.channel + 1}` : from;

  const steps = added(host, "div", "", "steps");
  const pick = handlers.pointed;
  const [height, width] = given.shape;
  const toPixel = (/** @type {number} */ place, /** @type {number} */ count) =>
    bounded(Math.round((place + before - (size - 1) / 2) / stride), count);
  const source = picture(
    steps,
    `In: ${input}`,
    height,
    width,
    given.values,
    null,
    (row, column, done) => pick(toPixel(row, rows), toPixel(column, columns), done),
  );
  const grids = added(steps, "div", "", "grids");
  const seen = grid(grids, "Window", size, palette);
  added(grids, "span", "×", "sign");
  const weights = grid(grids, "Kernel", size, palette);
  added(grids, "span", "=", "sign");
  const each = grid(grids, "Products", size, palette);
  const highest = largest(given.values);
  const heaviest = largest(kernel.values);
  weights.show(kernel.values, heaviest);

  const sumBars =
    channels > 1
      ? bars(
          steps,
          `What each of the ${channels} maps adds`,
          channels,
          /** @param {number} index */ (index) => handlers.channel(index),
        )
      : null;
  const outs = added(steps, "div", "", "outs");
  const pictures = [picture(outs, "Sum + bias", rows, columns, sums.values, palette, pick)];
  if (normalised)
    pictures.push(
      picture(outs, "Batch normalised", rows, columns, normalised.values, palette, pick),
    );
  if (shortcut)
    pictures.push(picture(outs, "Shortcut", rows, columns, shortcut.values, palette, pick));
  pictures.push(picture(outs, "Out: ReLU", rows, columns, output.values, null, pick));
  const equation = added(host, "p", "", "equation");

  /**
   * @param {number} row
   * @param {number} column
   */
  function move(row, column) {
    const [top, left] = [row * stride - before, column * stride - before];
    source.frame(top, left, size);
    for (const each of pictures) each.frame(row, column, 1);
    seen.show(windowOf(given, top, left, size), highest);
    const found = slice(products, row, column);
    each.show(found, highest * heaviest);
    const part = at(byChannel, row, column, unit.channel);
    each.say(`Their sum: ${words(part)}`);
    sumBars?.show(slice(byChannel, row, column), unit.channel);
    const z = at(sums, row, column);
    const steps = [
      channels > 1
        ? `All ${channels} maps and the bias ${words(unit.bias)}: z = ${words(z)}`
        : `${words(part)} + bias ${words(unit.bias)}: z = ${words(z)}`,
    ];
    let last = z;
    if (normalised) {
      last = at(normalised, row, column);
      steps.push(`batch normalised: ${words(last)}`);
    }
    if (shortcut) steps.push(`plus the shortcut ${words(at(shortcut, row, column))}`);
    steps.push(`after ReLU: ${words(at(output, row, column))}`);
    equation.textContent = steps.join(" → ");
    const values = [z, ...(normalised ? [last] : [])];
    if (shortcut) values.push(at(shortcut, row, column));
    values.push(at(output, row, column));
    for (const [index, each] of pictures.entries()) each.say(words(values[index]));
  }
  return { rows, columns, move };
}

/**
 * What the window sees, zeros beyond the edge as Keras pads them.
 * @param {Tensor} given
 * @param {number} top
 * @param {number} left
 * @param {number} size
 */
function windowOf(given, top, left, size) {
  const [height, width] = given.shape;
  return Array.from({ length: size * size }, (_, index) => {
    const [row, column] = [top + Math.floor(index / size), left + (index % size)];
    const inside = row >= 0 && column >= 0 && row < height && column < width;
    return inside ? at(given, row, column) : 0;
  });
}

/**
 * @param {HTMLElement} host
 * @param {UnitData} unit
 * @param {Handlers} handlers
 */
function drawPoolingUnit(host, unit, handlers) {
  const [given, output] = [unit.given, unit.output].map(unpacked);
  const { size, stride } = unit.window;
  const [rows, columns] = output.shape;
  const steps = added(host, "div", "", "steps");
  const pick = handlers.pointed;
  const [height, width] = given.shape;
  const source = picture(
    steps,
    `In: ${unit.before}`,
    height,
    width,
    given.values,
    null,
    (r, c, d) =>
      pick(bounded(Math.floor(r / stride), rows), bounded(Math.floor(c / stride), columns), d),
  );
  const seen = grid(added(steps, "div", "", "grids"), "Window", size, handlers.palette);
  const result = picture(steps, "Out: the largest", rows, columns, output.values, null, pick);
  const equation = added(host, "p", "", "equation");

  /**
   * @param {number} row
   * @param {number} column
   */
  function move(row, column) {
    source.frame(row * stride, column * stride, size);
    result.frame(row, column, 1);
    seen.show(windowOf(given, row * stride, column * stride, size), largest(given.values));
    const value = words(at(output, row, column));
    result.say(value);
    equation.textContent = `The largest of ${size} × ${size} inputs: ${value}`;
  }
  return { rows, columns, move };
}
