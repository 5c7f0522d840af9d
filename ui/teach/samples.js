// The pictures of the samples, which stay in this browser, each a button that forgets its sample.

const SAMPLE_PIXELS = 44;

function thumbnail(levels) {
  const whole = document.createElement("canvas");
  const side = Math.sqrt(levels.length / 4);
  [whole.width, whole.height] = [side, side];
  whole.getContext("2d").putImageData(new ImageData(levels, side, side), 0, 0);
  const small = document.createElement("canvas");
  [small.width, small.height] = [SAMPLE_PIXELS, SAMPLE_PIXELS];
  small.getContext("2d").drawImage(whole, 0, 0, SAMPLE_PIXELS, SAMPLE_PIXELS);
  return small;
}

// `drop` is given a recording's number and a sample's place in it.
function createSamples(panel, drop) {
  const rows = panel.querySelector(".rows");
  const pictures = new Map(); // of each recording, by its number
  let sent = []; // of the recording that has no number yet

  function button(sign, recording, place) {
    const made = element("button", "sample");
    made.type = "button";
    const isHarmful = recording.harmful.includes(place);
    made.classList.toggle("harmful", isHarmful);
    const doubt = isHarmful ? ", which pulls the wrong way" : "";
    made.setAttribute("aria-label", `Remove sample ${place + 1} of ${sign.name}${doubt}`);
    made.append(pictures.get(recording.number)?.[place] ?? `${place + 1}`);
    made.onclick = () => {
      pictures.get(recording.number)?.splice(place, 1);
      drop(recording.number, place);
    };
    return made;
  }

  return {
    keep(canvases) {
      sent = canvases;
    },
    draw(signs) {
      const recordings = signs.flatMap((sign) => sign.recordings);
      const newest = recordings.toSorted((one, other) => other.number - one.number)[0];
      if (sent.length && newest && !pictures.has(newest.number) && newest.samples === sent.length) {
        pictures.set(newest.number, sent);
        sent = [];
      }
      panel.hidden = !recordings.length;
      rows.replaceChildren(
        ...signs
          .filter((sign) => sign.recordings.length)
          .map((sign) =>
            element(
              "div",
              "row",
              element("p", "title", sign.name),
              ...sign.recordings.flatMap((recording) =>
                Array.from({ length: recording.samples }, (_, place) =>
                  button(sign, recording, place),
                ),
              ),
            ),
          ),
      );
    },
  };
}
