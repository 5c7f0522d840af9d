// The network as columns of pictures, with links between those that are connected.

const MOST_LINKS = 32;
/**
 * @param {HTMLElement} stage
 * @param {Palette} palette
 * @param {(column: string, number: number) => void} chosen
 */
function createNetwork(stage, palette, chosen) {
  const host = /** @type {HTMLElement} */ (stage.querySelector(".columns"));
  const hint = /** @type {HTMLElement} */ (stage.querySelector(".hint"));
  /** @type {Map<string, HTMLButtonElement[]>} */
  const tiles = new Map();
  /** @type {Map<string, Tensor>} */
  const strengths = new Map();
  /** @type {NetworkData} */
  let data;
  const lines = createLines(stage);
  let selected = { column: "", number: 0 };
  let traced = false;

  /** @param {NetworkData} given */
  function show(given) {
    data = given;
    tiles.clear();
    strengths.clear();
    host.replaceChildren();
    const size = tileSize();
    host.classList.toggle("large", isLarge());
    for (const column of data.columns) {
      tiles.set(column.key, drawColumn(column, size));
      if (column.strengths) strengths.set(column.key, unpacked(column.strengths));
    }
  }

  /** Wide enough to see, and small enough that all columns stand beside each other. */
  function tileSize() {
    const many = data.columns.filter((column) => column.maps > 12);
    const across = many.reduce((sum, column) => sum + acrossOf(column), 0);
    if (stage.clientWidth < NARROW) {
      const most = Math.max(...many.map(acrossOf), 1);
      return Math.min(Math.floor(stage.clientWidth / most) - 2, 40);
    }
    const rest = (isLarge() ? 310 : 400) + 16 * data.columns.length;
    return Math.min(Math.max(Math.floor((stage.clientWidth - rest) / Math.max(across, 1)), 15), 40);
  }

  /** @param {ColumnData} column */
  function acrossOf(column) {
    return Math.ceil(column.maps / (isLarge() ? 16 : 8));
  }

  function isLarge() {
    return data.columns.reduce((sum, each) => sum + each.maps, 0) > 300;
  }

  /**
   * @param {ColumnData} column
   * @param {number} size
   */
  function drawColumn(column, size) {
    const shape = column.shape.map((each) => each.toLocaleString("en")).join(" × ");
    const group = added(host, "div", "", `column ${column.kind}`);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `${column.title}, ${shape}`);
    added(group, "strong", column.title);
    added(group, "small", shape);
    const place = added(group, "div", "", "tiles");
    const isAnswer = column.kind === "answer";
    if (column.maps > 12) {
      place.style.setProperty("--across", String(acrossOf(column)));
      place.style.setProperty("--size", `${size}px`);
    }
    place.style.setProperty("--ratio", `${column.sheet.tile[1]} / ${column.sheet.tile[0]}`);
    setSheet(place, column.sheet);
    return Array.from({ length: column.maps }, (_, number) => {
      const tile = added(place, "button", "", "tile");
      tile.type = "button";
      tile.tabIndex = number ? -1 : 0;
      tile.setAttribute("aria-label", labelOf(column, number));
      const image = added(tile, "i");
      const { across, rows } = column.sheet;
      const left = across > 1 ? (number % across) / (across - 1) : 0;
      const top = rows > 1 ? Math.floor(number / across) / (rows - 1) : 0;
      image.style.backgroundPosition = `${100 * left}% ${100 * top}%`;
      image.style.backgroundSize = `${100 * across}% ${100 * rows}%`;
      if (isAnswer) addAnswer(tile, number);
      tile.onclick = () => chosen(column.key, number);
      tile.onpointerenter = () => link(column.key, number);
      tile.onfocus = () => link(column.key, number);
      tile.onpointerleave = tile.onblur = () => settle();
      tile.onkeydown = (event) => move(event, column.key, number);
      return tile;
    });
  }

  /**
   * @param {HTMLElement} tile
   * @param {number} number
   */
  function addAnswer(tile, number) {
    const { labels, probabilities, says } = data.answers;
    const bar = added(tile, "span", "", "bar");
    bar.style.setProperty("--share", String(probabilities[number]));
    added(tile, "b", labels[number]);
    added(tile, "span", share(probabilities[number]), "share");
    tile.classList.toggle("says", number === says);
  }

  /**
   * @param {ColumnData} column
   * @param {number} number
   */
  function labelOf(column, number) {
    if (column.kind === "answer") {
      const { labels, probabilities } = data.answers;
      return `${column.title}, ${labels[number]}: ${share(probabilities[number])}`;
    }
    if (column.maps === 1) return `${column.title}: look closely`;
    const what = column.kind === "dense" ? "unit" : "map";
    const highest = column.kind === "dense" ? "output" : "highest value";
    return `${column.title}, ${what} ${number + 1}, ${highest} ${words(column.highest[number])}`;
  }

  /**
   * @param {HTMLElement} place
   * @param {Sheet} sheet
   */
  function setSheet(place, sheet) {
    if (!sheet.signed) {
      place.style.setProperty("--sheet", `url("${sheet.png}")`);
      return;
    }
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = image.width;
      canvas.height = image.height;
      const context = canvas.getContext("2d");
      if (!context) return;
      context.drawImage(image, 0, 0);
      const { data: pixels } = context.getImageData(0, 0, image.width, image.height);
      paint(canvas, image.height, image.width, (index) =>
        mixed(palette, (pixels[4 * index] - 128) / 127),
      );
      place.style.setProperty("--sheet", `url("${canvas.toDataURL()}")`);
    };
    image.src = sheet.png;
  }

  /**
   * Arrows move within a column, and from its edge to the next one.
   * @param {KeyboardEvent} event
   * @param {string} key
   * @param {number} number
   */
  function move(event, key, number) {
    const place = data.columns.findIndex((column) => column.key === key);
    const across = data.columns[place].maps > 12 ? acrossOf(data.columns[place]) : 1;
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const sideways = Math.abs(step) === 1 && event.key !== "ArrowUp" && event.key !== "ArrowDown";
    const leaves = sideways && Math.floor((number + step) / across) !== Math.floor(number / across);
    const column = data.columns[leaves ? place + step : place];
    const all = column && tiles.get(column.key);
    if (!all) return;
    const next = leaves ? Math.min(number, all.length - 1) : number + step;
    if (!all[next]) return;
    for (const tile of all) tile.tabIndex = -1;
    all[next].tabIndex = 0;
    all[next].focus();
  }

  /**
   * Draw what a map is connected to, before and after it.
   * @param {string} key
   * @param {number} number
   */
  function link(key, number) {
    clear();
    const tile = tiles.get(key)?.[number];
    const column = data.columns.find((each) => each.key === key);
    if (!tile || !column) return;
    if (column.from) linkBack(column, number, tile);
    for (const after of data.columns.filter((each) => each.from === key))
      if (strengths.has(after.key)) linkOn(after, number, tile);
    lines.draw();
    tile.classList.add("near");
    hint.textContent = `${labelOf(column, number)}.${column.from ? " Lines: what it is made of." : ""}`;
  }

  /**
   * @param {ColumnData} column
   * @param {number} number
   * @param {HTMLElement} tile
   */
  function linkBack(column, number, tile) {
    const before = tiles.get(column.from ?? "") ?? [];
    const known = strengths.get(column.key);
    if (known) return join(slice(known, number), (index) => [before[index], tile]);
    if (column.kind === "flatten") {
      for (const each of before) lines.add(each, tile, 1, 0.3);
      return;
    }
    // A pooled map reads the one of the same number.
    const only = before[column.kind === "pooling" ? number : 0];
    if (only) lines.add(only, tile, 1, 0.8);
  }

  /**
   * @param {ColumnData} after
   * @param {number} number
   * @param {HTMLElement} tile
   */
  function linkOn(after, number, tile) {
    const known = /** @type {Tensor} */ (strengths.get(after.key));
    const next = tiles.get(after.key) ?? [];
    const values = next.map((_, index) => at(known, index, number));
    join(values, (index) => [tile, next[index]]);
  }

  /**
   * The strongest links; opacity tells how strong, and a broken line that it speaks against.
   * @param {ArrayLike<number>} values
   * @param {(index: number) => [HTMLElement, HTMLElement]} ends
   */
  function join(values, ends) {
    const limit = largest(values);
    const order = Array.from(values, (value, index) => ({ value, index }));
    order.sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
    for (const { value, index } of order.slice(0, MOST_LINKS)) {
      const part = Math.abs(value) / limit;
      if (part > 0.02) lines.add(...ends(index), value < 0 ? -1 : 1, part);
    }
  }

  function clear() {
    lines.clear();
    for (const tile of host.querySelectorAll(".joined, .near, .trail"))
      tile.classList.remove("joined", "near", "trail");
  }

  /** Back to what stays: the strongest path, or the links of what is looked at closely. */
  function settle() {
    if (!traced) return link(selected.column, selected.number);
    clear();
    const steps = data.path.map(([key, number]) => tiles.get(key)?.[number]);
    for (let index = 1; index < steps.length; index += 1) {
      const [from, to] = [steps[index], steps[index - 1]];
      if (from && to) lines.add(from, to, 1, 1, "strongest");
    }
    lines.draw();
    for (const step of steps) step?.classList.add("trail");
    const trail = data.path.map(([key, number], index) => {
      const column = data.columns.find((each) => each.key === key);
      if (index === 0) return `the answer ${data.answers.labels[number]}`;
      return column && column.maps > 1 ? `${column.title}, ${number + 1}` : column?.title;
    });
    hint.textContent = `Strongest path: ${trail.join(" ← ")}.`;
  }

  return {
    show,
    settle,
    /** @param {boolean} on */
    trace: (on) => {
      traced = on;
      settle();
    },
    /**
     * @param {string} column
     * @param {number} number
     */
    select: (column, number) => {
      selected = { column, number };
      for (const [key, all] of tiles)
        for (const [index, tile] of all.entries())
          tile.setAttribute("aria-pressed", String(key === column && index === number));
      settle();
    },
  };
}
