// Follows hands over the frames of a live camera, as `core.hands.tracking`.

import { eachOnce, iou, isSameHand } from "./boxes.js";
import { boxAround } from "./classifier.js";
import { detect, detectNearer } from "./detector.js";
import { squareAround, toGrey } from "./geometry.js";
import { confirmed, proposalsFor, readHand, scoreAfterFirstPass } from "./recognition.js";
import { logit } from "./numbers.js";

/** @import { Box, Constants, Detection, Hand, Nets, Pixels, TrackedHand, TrackingSettings, Tracks } from "./types.d.ts" */

/** @type {Tracks} */
export const NO_TRACKS = { hands: [], detected: -Infinity, lost: -Infinity, searched: -Infinity };

/**
 * The hands of the newest frame, and recently seen ones that may have been missed.
 * @param {Pixels} frame
 * @param {Nets} nets
 * @param {Constants} constants
 * @param {Tracks} before
 * @param {number} now  in seconds of any clock; if it goes back, `before` is ignored
 * @param {TrackingSettings} settings
 * @returns {Promise<Tracks>}
 */
export async function track(frame, nets, constants, before, now, settings) {
  const { max_gap, detection_interval, search, nearer_interval } = constants.tracking;
  const grey = toGrey(frame);
  const known = before.hands
    .filter(({ seen }) => seen <= now && now - seen <= max_gap)
    .slice(0, settings.max_hands);
  /** @type {TrackedHand[]} */
  let found = [];
  for (const hand of known) {
    const detection = { box: hand.place, score: hand.detectionScore };
    const followed = await readHand(grey, detection, nets, constants);
    if (!followed || followed.score < constants.tracking.min_followed_score) continue;
    const moved = located(followed, detection, constants, now);
    if (iou(moved.place, hand.place) >= constants.tracking.min_followed_iou)
      found.push(mixed(hand, moved, constants, settings));
  }
  found = distinct(found, constants);
  let { detected, lost, searched } = before;
  const nearer = !known.length && !(searched <= now && now - searched < nearer_interval);
  if (nearer) searched = now;
  const isDue =
    !(detected <= now && now - detected < detection_interval) ||
    (lost <= now && now - lost <= search);
  if (isDue || found.length < known.length || known.length === 0) {
    found = await redetected(frame, grey, nets, constants, known, found, now, settings, nearer);
    detected = found.length >= known.length ? now : -Infinity;
    if (found.length < known.length) lost = now;
    else if (found.length > known.length) lost = -Infinity;
  }
  const missed = known.filter(
    (hand) => !found.some((other) => isSameHand(hand.box, other.box, constants)),
  );
  // A hand that moved far is a new hand; one was missed only if there are fewer than before.
  const fewer = Math.max(0, known.length - found.length);
  return { hands: [...found, ...missed.slice(0, fewer)], detected, lost, searched };
}

/**
 * The followed hands that the detector sees as well, and new ones while there are few.
 * @param {Pixels} frame
 * @param {Pixels} grey
 * @param {Nets} nets
 * @param {Constants} constants
 * @param {TrackedHand[]} known
 * @param {TrackedHand[]} followed
 * @param {number} now
 * @param {TrackingSettings} settings
 * @param {boolean} nearer  whether parts of the frame are searched if the whole shows none
 */
async function redetected(frame, grey, nets, constants, known, followed, now, settings, nearer) {
  const { classifier, fusion, tracking } = constants;
  const proposals = await detect(frame, nets, constants);
  /** @type {TrackedHand[]} */
  const found = [];
  for (const hand of followed) {
    let proposal = closest(hand.place, proposals, constants.nms_iou);
    if (!proposal && isSmall(hand.place, frame, tracking.small)) {
      const nearby = await detectNearer(frame, nets, constants, hand.place);
      proposal = closest(hand.place, nearby, constants.nms_iou);
    }
    if (!proposal) continue;
    const weight = classifier.landmark_weight;
    found.push({
      ...hand,
      place: mixedBox(proposal.box, hand.place, weight),
      detectionScore: scoreAfterFirstPass(fusion, proposal.score, logit(hand.prediction.hand)),
    });
  }
  if (found.length === settings.max_hands) return found;
  const others = proposals.filter(
    ({ box }) => !found.some(({ place }) => isSameHand(box, place, constants)),
  );
  const lost = known.filter(
    (hand) => !found.some(({ place }) => isSameHand(hand.box, place, constants)),
  );
  let candidates = confirmed(await proposalsFor(grey, others, nets, constants), constants);
  if (nearer && !found.length && !candidates.length) {
    const parts = await detectNearer(frame, nets, constants);
    candidates = confirmed(await proposalsFor(grey, parts, nets, constants), constants);
  }
  for (const detection of candidates) {
    const hand = await readHand(grey, detection, nets, constants);
    if (!hand) continue;
    const fresh = located(hand, detection, constants, now);
    const same = closest(detection.box, lost, tracking.min_iou);
    if (same) lost.splice(lost.indexOf(same), 1);
    found.push(same ? mixed(same, fresh, constants, settings) : { ...fresh, box: detection.box });
  }
  return distinct(found, constants).slice(0, settings.max_hands);
}

/**
 * @param {Box} box
 * @param {Pixels} frame
 * @param {number} small  as a share of the frame
 */
const isSmall = ([x0, y0, x1, y1], { width, height }, small) =>
  Math.max((x1 - x0) / width, (y1 - y0) / height) < small;

/**
 * A hand that was read in a box, with the box around its joints, where it is looked for next.
 * @param {Hand} hand
 * @param {Detection} detection
 * @param {Constants} constants
 * @param {number} now
 * @returns {TrackedHand}
 */
function located(hand, detection, { classifier }, now) {
  const square = squareAround(detection.box, classifier.crop_margin);
  const scale = square.side / classifier.image_size;
  const middle = classifier.image_size / 2;
  const joints = hand.prediction.joints.map(
    ([x, y]) =>
      /** @type {[number, number]} */ ([
        (x - middle) * scale + square.x,
        (y - middle) * scale + square.y,
      ]),
  );
  const place = boxAround(joints, classifier.landmark_margin);
  return { ...hand, box: place, place, joints, detectionScore: detection.score, seen: now };
}

/**
 * @param {TrackedHand[]} hands
 * @param {Constants} constants
 */
const distinct = (hands, constants) =>
  eachOnce(
    hands,
    (one, other) =>
      isSameHand(one.place, other.place, constants) || isSameHand(one.box, other.box, constants),
  );

/**
 * Of boxed things the one that overlaps a box most, if that is enough.
 * @template {{ box: Box }} Boxed
 * @param {Box} box
 * @param {Boxed[]} candidates
 * @param {number} leastIou
 * @returns {Boxed | undefined}
 */
function closest(box, candidates, leastIou) {
  /** @type {Boxed | undefined} */
  let best;
  let highest = -1;
  for (const candidate of candidates) {
    const overlap = iou(candidate.box, box);
    if (overlap > highest) [best, highest] = [candidate, overlap];
  }
  return highest >= leastIou ? best : undefined;
}

/**
 * A hand of this frame, smoothed with the same hand before.
 * @param {TrackedHand} before
 * @param {TrackedHand} hand
 * @param {Constants} constants
 * @param {TrackingSettings} settings
 * @returns {TrackedHand}
 */
function mixed(before, hand, { tracking }, { half_life }) {
  const passed = hand.seen - before.seen;
  const old = half_life ? 0.5 ** (passed / half_life) : 0;
  const oldBox = 0.5 ** (passed / tracking.box_half_life);
  const [x0, y0, x1, y1] = hand.place;
  const steps = hand.joints.map(([x, y], place) =>
    Math.hypot(x - before.joints[place][0], y - before.joints[place][1]),
  );
  const moved = steps.reduce((sum, step) => sum + step) / steps.length;
  const steadiness = Math.max(0, 1 - moved / (tracking.still * Math.max(x1 - x0, y1 - y0)));
  const oldJoints = 0.5 ** (passed / tracking.half_life) * steadiness;
  const [now, then] = [hand.prediction, before.prediction];
  const prediction = {
    ...now,
    fingers: mix(now.fingers, then.fingers, old),
    sides: mix(now.sides, then.sides, old),
    extended: mix(now.extended, then.extended, old),
  };
  const joints = hand.joints.map(
    (joint, place) => /** @type {[number, number]} */ (mix(joint, before.joints[place], oldJoints)),
  );
  return { ...hand, box: mixedBox(hand.box, before.box, oldBox), joints, prediction };
}

/**
 * @param {number[]} now
 * @param {number[]} before
 * @param {number} share  of what was before
 */
const mix = (now, before, share) =>
  now.map((value, place) => (1 - share) * value + share * before[place]);

/**
 * @param {Box} now
 * @param {Box} before
 * @param {number} share
 */
const mixedBox = (now, before, share) => /** @type {Box} */ (mix(now, before, share));
