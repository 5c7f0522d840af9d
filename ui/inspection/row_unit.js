// Units that read a row of numbers: dense layers, the flattened row itself, and answers.

const MAPS_ACROSS = 8;

/**
 * The numbers of (height, width, maps), the maps side by side as one picture.
 * @param {Tensor} tensor
 */
function sheetOf(tensor) {
  const [height, width, maps] = tensor.shape;
  const across = Math.min(maps, MAPS_ACROSS);
  const [rows, columns] = [Math.ceil(maps / across) * height, across * width];
  const places = Array.from({ length: rows * columns }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    const map = Math.floor(row / height) * across + Math.floor(column / width);
    return map < maps ? offsetOf(tensor, [row % height, column % width, map]) : -1;
  });
  return { rows, columns, places };
}

/**
 * @param {HTMLElement} host
 * @param {UnitData} unit
 * @param {Handlers} handlers
 * @param {AnswersData} answers
 */
function drawDenseUnit(host, unit, handlers, answers) {
  const [inputs, weights, products] = [unit.inputs, unit.weights, unit.products].map(unpacked);
  const shaped = { shape: unit.shape, values: inputs.values };
  const { rows, columns, places } = sheetOf(shaped);
  const arranged = (/** @type {Tensor} */ tensor) =>
    places.map((index) => (index < 0 ? 0 : tensor.values[index]));
  const steps = added(host, "div", "", "steps wide");
  const pick = handlers.pointed;
  const shown = [
    picture(steps, `In: ${unit.before}`, rows, columns, arranged(inputs), null, pick),
    picture(steps, "× weights", rows, columns, arranged(weights), handlers.palette, pick),
    picture(steps, "= products", rows, columns, arranged(products), handlers.palette, pick),
  ];
  const equation = added(host, "p", "", "equation");
  const chain = [
    `Sum of ${inputs.values.length.toLocaleString("en")} products and the bias ${words(unit.bias)}: z = ${words(unit.sum)}`,
  ];
  if (unit.norm) chain.push(`batch normalised: ${words(Number(unit.normalised))}`);
  if (unit.kind === "dense") chain.push(`out: ${words(unit.result)}`);
  if (unit.kind === "answer") drawAnswers(host, answers, unit.number);

  /**
   * @param {number} row
   * @param {number} column
   */
  function move(row, column) {
    const index = Math.max(places[row * columns + column], 0);
    for (const each of shown) each.frame(row, column, 1);
    for (const [place, tensor] of [inputs, weights, products].entries())
      shown[place].say(words(tensor.values[index]));
    equation.textContent = `Input ${(index + 1).toLocaleString("en")}: ${words(inputs.values[index])} × ${words(weights.values[index])} = ${words(products.values[index])}. ${chain.join(" → ")}`;
  }
  return { rows, columns, move };
}

/**
 * From logits to probabilities, one row an answer.
 * @param {HTMLElement} host
 * @param {AnswersData} answers
 * @param {number} marked
 */
function drawAnswers(host, answers, marked) {
  const table = added(host, "table", "", "answers");
  const caption = answers.ofSoftmax ? "From logits to probabilities" : "From logit to probability";
  added(table, "caption", caption);
  const head = added(added(table, "thead"), "tr");
  const names = ["Answer", "Logit z", ...(answers.ofSoftmax ? ["e^(z − largest)"] : []), "Share"];
  for (const text of names) {
    const cell = added(head, "th", text);
    cell.scope = "col";
  }
  const body = added(table, "tbody");
  for (const [index, label] of answers.labels.entries()) {
    const row = added(body, "tr");
    const name = added(row, "th", `${index === marked ? "▸ " : ""}${label}`);
    name.scope = "row";
    row.classList.toggle("marked", index === marked);
    added(row, "td", words(answers.logits[index]));
    if (answers.ofSoftmax)
      added(row, "td", index < answers.ofSoftmax ? words(answers.exponentials[index]) : "sigmoid");
    added(row, "td", share(answers.probabilities[index]));
  }
}

/**
 * @param {HTMLElement} host
 * @param {UnitData} unit
 * @param {Handlers} handlers
 */
function drawFlattenUnit(host, unit, handlers) {
  const given = unpacked(unit.given);
  const sheet = sheetOf(given);
  const [rows, columns] = unit.fold;
  const steps = added(host, "div", "", "steps wide");
  const pick = handlers.pointed;
  const source = picture(
    steps,
    `In: ${unit.before}`,
    sheet.rows,
    sheet.columns,
    sheet.places.map((index) => (index < 0 ? 0 : given.values[index])),
    null,
    (row, column, done) => {
      const index = Math.max(sheet.places[row * sheet.columns + column], 0);
      pick(Math.floor(index / columns), index % columns, done);
    },
  );
  const result = picture(
    steps,
    `Out: one row, here in lines of ${columns}`,
    rows,
    columns,
    given.values,
    null,
    pick,
  );
  const equation = added(host, "p", "", "equation");

  /**
   * @param {number} row
   * @param {number} column
   */
  function move(row, column) {
    const index = row * columns + column;
    const place = sheet.places.indexOf(index);
    source.frame(Math.floor(place / sheet.columns), place % sheet.columns, 1);
    result.frame(row, column, 1);
    const maps = given.shape[2];
    const pixel = Math.floor(index / maps);
    const map = maps > 1 ? ` of map ${(index % maps) + 1}` : "";
    equation.textContent = `Number ${(index + 1).toLocaleString("en")} of the row is row ${Math.floor(pixel / given.shape[1]) + 1}, column ${(pixel % given.shape[1]) + 1}${map}: ${words(given.values[index])}. Nothing is computed.`;
  }
  return { rows, columns, move };
}

/**
 * @param {HTMLElement} host
 * @param {UnitData} unit
 * @param {Handlers} handlers
 */
function drawImageUnit(host, unit, handlers) {
  const [given, output] = [unit.given, unit.output].map(unpacked);
  const [rows, columns] = given.shape;
  const steps = added(host, "div", "", "steps");
  const pick = handlers.pointed;
  const shown = [
    picture(steps, "Grey levels, 0 to 255", rows, columns, given.values, null, pick),
    picture(steps, "As the network reads them", rows, columns, output.values, null, pick),
  ];
  const equation = added(host, "p", "", "equation");

  /**
   * @param {number} row
   * @param {number} column
   */
  function move(row, column) {
    for (const each of shown) each.frame(row, column, 1);
    const [before, after] = [at(given, row, column), at(output, row, column)];
    equation.textContent = `Grey level ${before} is read as ${words(after)}.`;
  }
  return { rows, columns, move };
}
