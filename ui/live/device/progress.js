// How much of what the worker loads has come.

const TELL_EVERY = 250_000; // bytes

/**
 * Counts the bytes, as they are after decompression, of all that this worker fetches from now on.
 * @param {(loaded: number) => void} tell
 */
export function countFetched(tell) {
  const fetchPlainly = self.fetch.bind(self);
  let [loaded, told] = [0, 0];

  /** @param {number} bytes */
  function count(bytes) {
    loaded += bytes;
    if (loaded - told < TELL_EVERY) return;
    told = loaded;
    tell(loaded);
  }

  self.fetch = async (...request) => {
    const response = await fetchPlainly(...request);
    const counted = response.body?.pipeThrough(
      new TransformStream({
        transform(chunk, controller) {
          count(chunk.byteLength);
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(counted, response);
  };
}
