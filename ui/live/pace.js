// Whether this device reads frames too slowly, by the newest few seconds of them.

const PACE_MS = 3000;
const MIN_FRAMES = 5;
const SLOW_FRAME_MS = 150; // in the median
const QUICK_FRAME_MS = 100; // from then on it is no longer slow

export function createPace() {
  /** @type {{ at: number, milliseconds: number }[]} */
  let frames = [];
  let since = Number.POSITIVE_INFINITY;
  let isSlow = false;

  return {
    /**
     * Whether frames are read slowly, after one more.
     * @param {number} milliseconds  that reading it took
     * @param {number} now
     */
    after(milliseconds, now) {
      since = Math.min(since, now);
      frames = [...frames, { at: now, milliseconds }].filter(
        ({ at }, place, all) => now - at < PACE_MS || place >= all.length - MIN_FRAMES,
      );
      if (now - since < PACE_MS || frames.length < MIN_FRAMES) return isSlow;
      const ordered = frames.map((frame) => frame.milliseconds).sort((one, other) => one - other);
      const median = ordered[ordered.length >> 1];
      isSlow = median > (isSlow ? QUICK_FRAME_MS : SLOW_FRAME_MS);
      return isSlow;
    },
  };
}
