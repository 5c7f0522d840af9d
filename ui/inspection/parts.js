// The parts that a unit's panel is made of: pictures, grids of numbers, bars and sliders.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Element} parent
 * @param {Tag} tag
 * @param {string} text
 * @param {string} className
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function added(parent, tag, text = "", className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  parent.append(element);
  return element;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} height
 * @param {number} width
 * @param {(index: number) => ArrayLike<number>} colourOf
 */
function paint(canvas, height, width, colourOf) {
  canvas.height = height;
  canvas.width = width;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(width, height);
  for (let pixel = 0; pixel < height * width; pixel += 1)
    image.data.set(colourOf(pixel), 4 * pixel);
  context.putImageData(image, 0, 0);
}

/**
 * Grey from the least, black, to the most, white; or by a palette around zero.
 * @param {ArrayLike<number>} values
 * @param {Palette | null} palette
 */
function colouring(values, palette) {
  if (palette) {
    // A few outliers would leave all others pale.
    const sizes = Float32Array.from(values, Math.abs).sort();
    const limit = sizes[Math.ceil(0.995 * sizes.length) - 1] || largest(values);
    return (/** @type {number} */ index) => mixed(palette, values[index] / limit);
  }
  let low = 0;
  let high = 0;
  for (let index = 0; index < values.length; index += 1) {
    low = Math.min(low, values[index]);
    high = Math.max(high, values[index]);
  }
  const range = high - low || 1;
  return (/** @type {number} */ index) => {
    const grey = (255 * (values[index] - low)) / range;
    return [grey, grey, grey, 255];
  };
}

/**
 * A picture with a frame over a part of it; `chosen` is called with a pixel that is pointed at.
 * @param {Element} host
 * @param {string} title
 * @param {number} height
 * @param {number} width
 * @param {ArrayLike<number>} values
 * @param {Palette | null} palette
 * @param {((row: number, at: number, pinned: boolean) => void) | null} chosen
 */
function picture(host, title, height, width, values, palette, chosen = null) {
  const figure = added(host, "figure", "", "picture");
  added(figure, "figcaption", title);
  const place = added(figure, "div", "", chosen ? "place pick" : "place");
  place.style.setProperty("--columns", String(width));
  const canvas = added(place, "canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${title}, ${height} by ${width} numbers.`);
  paint(canvas, height, width, colouring(values, palette));
  const frame = added(place, "i", "", "frame");
  const note = added(figure, "p", "", "note");
  if (chosen) {
    const pick = (/** @type {PointerEvent} */ event, /** @type {boolean} */ pinned) => {
      const box = canvas.getBoundingClientRect();
      const row = Math.floor(((event.clientY - box.top) / box.height) * height);
      const column = Math.floor(((event.clientX - box.left) / box.width) * width);
      chosen(bounded(row, height), bounded(column, width), pinned);
    };
    canvas.onpointermove = (event) => pick(event, false);
    canvas.onpointerdown = (event) => pick(event, true);
  }
  return {
    figure,
    /** @param {string} text */
    say: (text) => {
      note.textContent = text;
    },
    /**
     * @param {number} top
     * @param {number} left
     * @param {number} size
     */
    frame: (top, left, size) => {
      frame.style.top = `${(100 * top) / height}%`;
      frame.style.left = `${(100 * left) / width}%`;
      frame.style.height = `${(100 * size) / height}%`;
      frame.style.width = `${(100 * size) / width}%`;
    },
  };
}

/**
 * @param {number} value
 * @param {number} size
 */
function bounded(value, size) {
  return Math.min(Math.max(value, 0), size - 1);
}

/**
 * A square of numbers, coloured around zero.
 * @param {Element} host
 * @param {string} title
 * @param {number} size
 * @param {Palette} palette
 */
function grid(host, title, size, palette) {
  const figure = added(host, "figure", "", "grid");
  added(figure, "figcaption", title);
  const table = added(figure, "table");
  table.setAttribute("aria-label", title);
  const body = added(table, "tbody");
  const cells = Array.from({ length: size }, () => added(body, "tr")).flatMap((row) =>
    Array.from({ length: size }, () => added(row, "td")),
  );
  const note = added(figure, "p", "", "note");
  return {
    /** @param {string} text */
    say: (text) => {
      note.textContent = text;
    },
    /**
     * @param {ArrayLike<number>} values
     * @param {number} limit
     */
    show: (values, limit) => {
      cells.forEach((cell, index) => {
        cell.textContent = short(values[index]);
        const [red, green, blue] = mixed(palette, (0.75 * values[index]) / limit);
        cell.style.background = `rgb(${red} ${green} ${blue})`;
      });
    },
  };
}

/**
 * One bar for each number, above the line where it is positive; `chosen` where one is clicked.
 * @param {Element} host
 * @param {string} title
 * @param {number} count
 * @param {(index: number) => void} chosen
 */
function bars(host, title, count, chosen) {
  const figure = added(host, "figure", "", "bars");
  added(figure, "figcaption", title);
  const row = added(figure, "div", "", "row");
  row.setAttribute("role", "img");
  row.setAttribute("aria-label", title);
  const all = Array.from({ length: count }, (_, index) => {
    const bar = added(row, "i");
    bar.onclick = () => chosen(index);
    return added(bar, "b");
  });
  return {
    /**
     * @param {ArrayLike<number>} values
     * @param {number} marked
     */
    show: (values, marked) => {
      const limit = largest(values);
      all.forEach((bar, index) => {
        const part = (50 * values[index]) / limit;
        bar.style.height = `${Math.abs(part)}%`;
        bar.style.bottom = part < 0 ? "auto" : "50%";
        bar.style.top = part < 0 ? "50%" : "auto";
        bar.parentElement?.classList.toggle("marked", index === marked);
        bar.classList.toggle("negative", part < 0);
        if (bar.parentElement) bar.parentElement.title = `${index + 1}: ${words(values[index])}`;
      });
    },
  };
}

/**
 * @param {Element} host
 * @param {string} label
 * @param {number} count
 * @param {(value: number, done: boolean) => void} moved
 */
function slider(host, label, count, moved) {
  const holder = added(host, "label", "", "slider");
  const name = added(holder, "span");
  const input = added(holder, "input");
  input.type = "range";
  input.min = "0";
  input.max = String(count - 1);
  input.oninput = () => moved(Number(input.value), false);
  input.onchange = () => moved(Number(input.value), true);
  return {
    /** @param {number} value */
    show: (value) => {
      input.value = String(value);
      name.textContent = `${label} ${value + 1} of ${count}`;
    },
  };
}

/**
 * @param {Element} host
 * @param {string} label
 * @param {string[]} options
 * @param {number} value
 * @param {(value: number) => void} changed
 */
function list(host, label, options, value, changed) {
  const holder = added(host, "label", label, "list");
  const select = added(holder, "select");
  for (const [index, text] of options.entries()) {
    const option = added(select, "option", text);
    option.value = String(index);
  }
  select.value = String(value);
  select.onchange = () => changed(Number(select.value));
}
