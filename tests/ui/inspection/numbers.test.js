// The scripts of the component are joined to one, and so they are here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const FOLDER = new URL("../../../ui/inspection/", import.meta.url);
const context = vm.createContext({ atob, Uint8Array, Float32Array });
for (const name of ["numbers", "map_unit", "row_unit"])
  vm.runInContext(readFileSync(new URL(`${name}.js`, FOLDER), "utf8"), context);
const { unpacked, at, slice, windowOf, sheetOf, words, short, share } = context;
const vectors = JSON.parse(readFileSync(process.env.INSPECTION_VECTORS, "utf8"));

test("a window shows what Python's sees, zeros beyond the edge", () => {
  for (const { given, size, stride, before, seen } of vectors.windows) {
    const [image, expected] = [given, seen].map(unpacked);
    const [rows, columns] = expected.shape;
    for (let row = 0; row < rows; row += 1)
      for (let column = 0; column < columns; column += 1)
        assert.deepEqual(
          [...windowOf(image, row * stride - before, column * stride - before, size)],
          [...slice(expected, row, column)],
        );
  }
});

test("maps stand side by side where Python looks for them", () => {
  const { shape, places } = vectors.sheet;
  const sheet = sheetOf({ shape, values: new Float32Array(places.length) });
  for (const [index, [row, column]] of places.entries())
    assert.equal(sheet.places[row * sheet.columns + column], index);
});

test("numbers are found by their place", () => {
  const tensor = { shape: [2, 3, 2], values: Float32Array.from({ length: 12 }, (_, each) => each) };
  assert.equal(at(tensor, 1, 2, 1), 11);
  assert.deepEqual([...slice(tensor, 1, 0)], [6, 7]);
});

test("numbers in words", () => {
  assert.deepEqual([0, 1, -0.25, 12.3456, 0.00001, -4321].map(words), [
    "0",
    "1",
    "−0.25",
    "12.35",
    "1.0e-5",
    "−4.3e+3",
  ]);
  assert.deepEqual([0.001, -0.001, 12.34, -123.4].map(short), ["0.00", "0.00", "12.3", "−123"]);
});

test("no probability is rounded to certainty", () => {
  assert.deepEqual([1, 0.99951, 0.5, 0.0001, 0].map(share), [
    "> 99.9%",
    "> 99.9%",
    "50.0%",
    "< 0.1%",
    "< 0.1%",
  ]);
});
