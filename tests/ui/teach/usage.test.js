// The lines of JavaScript that the page offers, with the runtime's and the browser's part stood in for.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const { source, cases } = JSON.parse(readFileSync(process.env.USAGE, "utf-8"));

function standIns(shares) {
  const given = {};
  globalThis.OffscreenCanvas = class {
    getContext() {
      return {
        drawImage() {},
        getImageData: (_x, _y, width, height) => ({
          data: new Uint8ClampedArray(4 * width * height).fill(100),
        }),
      };
    }
  };
  globalThis.litert = {
    loadLiteRt: async () => {},
    loadAndCompile: async () => ({
      run: async (tensor) => {
        given.tensor = tensor;
        return [{ toTypedArray: () => Float32Array.from(shares) }];
      },
    }),
    Tensor: class {
      constructor(values, shape) {
        Object.assign(this, { values, shape });
      }
    },
  };
  return given;
}

test("the lines name the sign, or none of these", async () => {
  const lines = source.replace(/^import \{([^}]*)\} from .*$/m, "const {$1} = globalThis.litert;");
  for (const [place, { shares, name }] of cases.entries()) {
    const given = standIns(shares);
    const url = `data:text/javascript,${encodeURIComponent(`${lines}// ${place}`)}`;
    const { sign } = await import(url);
    assert.equal((await sign({})).name, name);
    assert.deepEqual(given.tensor.shape, [1, 128, 128, 1]);
    assert.ok(Math.abs(given.tensor.values[0] - 100) < 1e-3);
  }
});
