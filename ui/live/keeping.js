// Pictures of a self-test's trials, kept in the page alone, and only where the person asks for it.

const MOST_PICTURES = 600;

function createKeeper(find) {
  let pictures = [];

  function update() {
    const some = pictures.length > 0;
    find(".save").disabled = find(".forget").disabled = !some;
    find(".save").textContent = some ? `Download ${pictures.length} pictures` : "Download pictures";
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
    keep(name, jpeg) {
      if (!find(".keep").checked) return;
      pictures = [...pictures, { name, jpeg }].slice(-MOST_PICTURES);
      update();
    },
  };
}
