// When a device counts as slow.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createPace } from "../../../ui/live/pace.js";

// Whether it is slow after each frame of `milliseconds`, over so many seconds.
function read(pace, milliseconds, since, seconds) {
  const found = [];
  for (let now = since; now < since + 1000 * seconds; now += milliseconds)
    found.push(pace.after(milliseconds, now));
  return found;
}

test("a quick device is never slow, whatever single frames take", () => {
  const pace = createPace();
  assert.ok(!read(pace, 30, 0, 10).some(Boolean));
  assert.ok(!pace.after(2000, 12_000));
  assert.ok(!read(pace, 30, 12_000, 5).some(Boolean));
});

test("a device is slow after some seconds of slow frames", () => {
  const found = read(createPace(), 200, 0, 10);
  assert.equal(found.indexOf(true), 15); // 3 s
  assert.ok(found.slice(15).every(Boolean));
});

test("a very slow device is noticed, too", () => {
  assert.ok(read(createPace(), 4000, 0, 60).at(-1));
});

test("it is quick again once it is clearly quick", () => {
  const pace = createPace();
  read(pace, 200, 0, 10);
  assert.ok(read(pace, 120, 10_000, 10).at(-1));
  assert.ok(!read(pace, 40, 20_000, 10).at(-1));
});
