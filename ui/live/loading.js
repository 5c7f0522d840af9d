// How much of the models is loaded.

const MEGABYTE = 1e6;

function createLoading(place) {
  return {
    show(loaded, total) {
      place.hidden = false;
      const [bar, words] = place.children;
      [bar.value, bar.max] = [loaded, total];
      words.textContent = `${(loaded / MEGABYTE).toFixed(1)} of ${(total / MEGABYTE).toFixed(1)} MB`;
    },
    hide() {
      place.hidden = true;
    },
  };
}
