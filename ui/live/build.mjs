// Bundles what runs in the visitor's browser: `make browser`. Every file is only kept compressed, since
// every browser takes one of the two.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = import.meta.dirname;
const OUTPUT = `${HERE}/dist`;
const RUNTIME = `${HERE}/../../node_modules/@litertjs/core/wasm`;
// The second is for browsers without relaxed SIMD.
const RUNTIMES = ["litert_wasm_internal", "litert_wasm_compat_internal"];

const { outputFiles } = await build({
  entryPoints: [`${HERE}/device/worker.js`],
  bundle: true,
  minify: true,
  // The runtime loads its own script with importScripts, which only classic workers have.
  format: "iife",
  target: "es2023",
  logLevel: "warning",
  write: false,
});
const files = new Map([["worker.js", outputFiles[0].contents]]);
for (const name of RUNTIMES.flatMap((runtime) => [`${runtime}.js`, `${runtime}.wasm`]))
  files.set(name, readFileSync(`${RUNTIME}/${name}`));

mkdirSync(OUTPUT, { recursive: true });
for (const [name, content] of files) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 };
  writeFileSync(`${OUTPUT}/${name}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${OUTPUT}/${name}.gz`, gzipSync(content, { level: 9 }));
}
