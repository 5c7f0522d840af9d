// Pictures of a self-test's trials, kept in the page alone, and only where the person asks for it.

const MAX_PICTURES = 600;

// `before` is the `state()` of the recorder that stood here before, if there was one.
function createRecorder(find, before = { wanted: false, pictures: [] }) {
  let { pictures } = before;

  function update() {
    const some = pictures.length > 0;
    find(".save").disabled = find(".forget").disabled = !some;
    find(".save").textContent = some
      ? `Download ${pictures.length} ${pictures.length > 1 ? "pictures" : "picture"}`
      : "Download pictures";
  }

  find(".keep").checked = before.wanted;
  update();
  find(".forget").onclick = () => {
    pictures = [];
    update();
  };
  find(".save").onclick = () => {
    const files = pictures.map(({ name, jpeg }) => ({
      name,
      bytes: Uint8Array.from(atob(jpeg.slice(jpeg.indexOf(",") + 1)), (letter) =>
        letter.charCodeAt(0),
      ),
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
    isWanted: () => find(".keep").checked,
    // `jpeg` is a data URL.
    keep(name, jpeg) {
      pictures = [...pictures, { name, jpeg }].slice(-MAX_PICTURES);
      update();
    },
    state: () => ({ wanted: find(".keep").checked, pictures }),
  };
}
