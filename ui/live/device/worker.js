// The worker that reads the camera's frames in the visitor's browser.
//
// It is given { base, models } first, says now and then how many bytes are { loaded }, and at last
// { ready: true }. From then on it answers each { frame, now, settings, beside } with what the page
// shows, and keeps the hands that it follows. Where `beside` is true, the article's models read the
// frame after it was answered, and what they say comes with the next answer. Where `teach` is true, the
// answer has the classifier's features of the first hand, or of the middle of the frame where there is
// no hand. { frame } alone is read
// for itself, and answered with all that is
// known of its hands.

import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

import { pictureOf, shownAnswer, shownBeside } from "./answer.js";
import { isAgreed, readByArticle } from "./article.js";
import { crop, middleOf, squareAround, toGrey } from "./geometry.js";
import { countFetched } from "./progress.js";
import { recognise } from "./recognition.js";
import { NO_TRACKS, track } from "./tracking.js";

/** @import { ArticleNets, Constants, Nets, Pixels, Settings } from "./types.d.ts" */

const REST = 4; // times what the article's models took, in which they do not read again

/** @type {OffscreenCanvasRenderingContext2D} */
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
  new OffscreenCanvas(1, 1).getContext("2d", { alpha: false, willReadFrequently: true })
);

/** @type {Constants} */
let constants;
/** @type {Nets} */
let nets;
/** @type {() => Promise<ArticleNets>} */
let loadArticle;
/** @type {() => Promise<Nets["classify"]>} */
let loadFeatures;
/** @type {Nets["classify"] | null} */
let featuresOf = null;
/** @type {ArticleNets | "loading" | null} */
let article = null;
let restsUntil = 0;
/** @type {ReturnType<typeof shownBeside> | null} */
let beside = null;
let tracks = NO_TRACKS;

/**
 * @param {string} url  of an exported model
 * @param {number[]} shape  of its input
 */
async function loadNet(url, shape) {
  const model = await loadAndCompile(url, { accelerator: "wasm" });
  return async (/** @type {Float32Array} */ values) => {
    const input = new Tensor(values, shape);
    const [output] = await model.run(input);
    const result = Float32Array.from(output.toTypedArray());
    input.delete();
    output.delete();
    return result;
  };
}

/**
 * @param {string} base  the address of the files
 * @param {Record<"detect" | "classify" | "fingers" | "side" | "features", string>} models  their
 *   files there
 */
async function load(base, models) {
  countFetched((loaded) => self.postMessage({ loaded }));
  // The script of the runtime looks for its other half beside this worker otherwise.
  Object.assign(self, { Module: { locateFile: (/** @type {string} */ name) => base + name } });
  const [, response] = await Promise.all([loadLiteRt(base), fetch(`${base}constants.json`)]);
  constants = await response.json();
  const { frame_size } = constants.detector;
  const { image_size } = constants.classifier;
  const [detect, classify] = await Promise.all([
    loadNet(base + models.detect, [1, frame_size, frame_size, 3]),
    loadNet(base + models.classify, [1, image_size, image_size, 1]),
  ]);
  nets = { detect, classify };
  loadArticle = async () => {
    const shape = [1, image_size, image_size, 1];
    const [fingers, side] = await Promise.all([
      loadNet(base + models.fingers, shape),
      loadNet(base + models.side, shape),
    ]);
    return { fingers, side };
  };
  loadFeatures = () => loadNet(base + models.features, [1, image_size, image_size, 1]);
  // The first pass of a network takes longer than all others.
  await detect(new Float32Array(3 * frame_size ** 2));
  await classify(new Float32Array(image_size ** 2));
}

/**
 * The frame's pixels; it is closed.
 * @param {ImageBitmap | VideoFrame} frame
 * @returns {Pixels}
 */
function pixelsOf(frame) {
  const [width, height] =
    "displayWidth" in frame
      ? [frame.displayWidth, frame.displayHeight]
      : [frame.width, frame.height];
  if (context.canvas.width !== width || context.canvas.height !== height)
    Object.assign(context.canvas, { width, height });
  context.drawImage(frame, 0, 0, width, height);
  frame.close();
  // As bytes like all other images: one kind of array is read faster than two.
  const { data } = context.getImageData(0, 0, width, height);
  return { data: new Uint8Array(data.buffer), width, height };
}

/**
 * The constants with the chosen threshold of an answer.
 * @param {Settings} settings
 * @returns {Constants}
 */
const chosen = ({ answer }) => ({
  ...constants,
  calibration: { ...constants.calibration, answer: answer ?? constants.calibration.answer },
});

/** @param {{ frame: ImageBitmap | VideoFrame } & ({ now: number, settings: Settings, beside: boolean, teach?: boolean } | { now?: undefined })} message */
async function answer(message) {
  const started = performance.now();
  const pixels = pixelsOf(message.frame);
  if (message.now === undefined)
    return self.postMessage({ hands: await recognise(pixels, nets, constants) });
  const { now, settings, beside: isBesideWanted, teach } = message;
  tracks = await track(pixels, nets, constants, tracks, now, settings);
  const shown = {
    ...shownAnswer(tracks.hands, pixels, chosen(settings)),
    ...(teach && (await readFeatures(pixels))),
  };
  const said = isBesideWanted ? beside : undefined;
  const moved = [shown.seen, said?.seen].flatMap((picture) => (picture ? [picture.buffer] : []));
  self.postMessage({ ...shown, beside: said, milliseconds: performance.now() - started }, moved);
  beside = null;
  if (isBesideWanted) await readBeside(pixels, chosen(settings));
}

/**
 * The features of the first hand, or of the middle of the frame, and the image they are of.
 * @param {Pixels} frame
 */
async function readFeatures(frame) {
  const { crop_margin, image_size } = constants.classifier;
  const middle = () => crop(toGrey(frame), squareAround(middleOf(frame), crop_margin), image_size);
  const image = tracks.hands[0]?.image ?? middle();
  featuresOf ??= await loadFeatures();
  return { features: await featuresOf(Float32Array.from(image)), seen: pictureOf(image) };
}

/**
 * @param {Pixels} frame
 * @param {Constants} constants
 */
async function readBeside(frame, constants) {
  const started = performance.now();
  if (started < restsUntil) return;
  if (article === null) {
    article = "loading";
    // The answers go on meanwhile; without these models they go on alone.
    loadArticle().then(
      (loaded) => {
        article = loaded;
      },
      () => {},
    );
  }
  if (article === "loading") return;
  const reading = await readByArticle(frame, article, constants);
  beside = shownBeside(reading, isAgreed(reading, tracks.hands, constants), constants);
  restsUntil = performance.now() + REST * (performance.now() - started);
}

/** @param {any} message */
async function handle(message) {
  try {
    if (!message.base) return await answer(message);
    await load(message.base, message.models);
    self.postMessage({ ready: true });
  } catch (error) {
    self.postMessage({ trouble: String(error) });
  }
}

// One after the other: a frame waits until the one before was read by all models.
let handled = Promise.resolve();
self.onmessage = ({ data }) => {
  handled = handled.then(() => handle(data));
};
