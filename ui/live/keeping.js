// Pictures of a self-test's trials, kept in the page alone, and only where the person asks for it.

const MOST_PICTURES = 600;
const MOST_FRAMES = 8; // frames whose answers may still come

function createKeeper(find) {
  let pictures = [];
  let frames = []; // [sequence, jpeg], newest last

  function update() {
    const some = pictures.length > 0;
    find(".save").disabled = find(".forget").disabled = !some;
    find(".save").textContent = some ? `Download ${pictures.length} ${pictures.length > 1 ? "pictures" : "picture"}` : "Download pictures";
  }

  find(".forget").onclick = () => {
    pictures = [];
    update();
  };
  find(".save").onclick = () => {
    const files = pictures.map(({ name, jpeg }) => ({
      name,
      bytes: Uint8Array.from(atob(jpeg.slice(jpeg.indexOf(",") + 1)), (letter) => letter.charCodeAt(0)),
    }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(zipped(files));
    link.download = "trials.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  return {
    offer(offered) {
      find(".keeping").hidden = !offered;
    },
    remember(sequence, jpeg) {
      if (find(".keep").checked) frames = [...frames, [sequence, jpeg]].slice(-MOST_FRAMES);
      else frames = [];
    },
    // The same answer may come again with a rerun of the page; its picture is kept once.
    keep(sequence, name) {
      const frame = frames.find(([number]) => number === sequence);
      if (!frame || !find(".keep").checked) return;
      frames = frames.filter((each) => each !== frame);
      pictures = [...pictures, { name, jpeg: frame[1] }].slice(-MOST_PICTURES);
      update();
    },
  };
}
