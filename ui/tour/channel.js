// Slides and speaker notes in two windows of one browser, which tell each other where they stand. What
// they tell stays in the browser: the server and other visitors never see it.

const LETTERS = 16;

// Known to this window alone, and to the window of notes that it opens; a reload keeps it.
function walkName() {
  const kept = sessionStorage.getItem("walk");
  if (kept) return kept;
  const numbers = crypto.getRandomValues(new Uint8Array(LETTERS));
  const name = Array.from(numbers, (number) => number.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem("walk", name);
  return name;
}

// `hear` is called with what the other window says: { slides, step, started }, { go } or { hello }.
function openChannel(name, hear) {
  const channel = new BroadcastChannel(`walk ${name}`);
  channel.onmessage = ({ data }) => hear(data);
  return { tell: (message) => channel.postMessage(message), end: () => channel.close() };
}
