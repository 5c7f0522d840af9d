// The head's answers against those of Python, which writes the vectors.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { headAnswer, headProbabilities } from "../../../ui/teach/head.js";

const { head, cases } = JSON.parse(readFileSync(process.env.HEAD_VECTORS, "utf-8"));

test("the head answers as in Python", () => {
  for (const { features, probabilities, answer } of cases) {
    const found = headProbabilities(head, features);
    found.forEach((share, place) => {
      assert.ok(Math.abs(share - probabilities[place]) < 1e-6);
    });
    assert.equal(headAnswer(head, found), answer ?? -1);
  }
});
