// What stands below the charts: the values of an epoch, confusion matrices, and images of weights.

function added(parent, tag, text = "", className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  parent.append(element);
  return element;
}

function addedTitle(parent, tag, model) {
  const title = added(parent, tag);
  added(title, "i", "", "swatch").style.background = model.colour;
  title.append(model.title);
  return title;
}

function drawKey(host, models) {
  host.replaceChildren();
  models.forEach((model) => addedTitle(host, "span", model));
}

function drawValues(table, models) {
  table.querySelectorAll("tbody").forEach((body) => body.remove());
  const rows = models.map((model) => {
    const body = added(table, "tbody");
    const head = addedTitle(added(body, "tr"), "th", model);
    head.colSpan = 4;
    head.scope = "rowgroup";
    const row = added(body, "tr");
    return [0, 1, 2, 3].map(() => added(row, "td"));
  });
  return {
    seek(epoch) {
      models.forEach((model, place) => {
        const at = Math.min(epoch, model.testLoss.length - 1);
        const wrong = model.wrong[at];
        const words = wrong === null ? "" : ` · ${wrong.toLocaleString("en")} wrong`;
        [
          lossWords(model.trainLoss[at]),
          lossWords(model.testLoss[at]),
          shareWords(model.trainRight[at]),
          shareWords(model.testRight[at]) + words,
        ].forEach((text, column) => (rows[place][column].textContent = text));
      });
    },
  };
}

function lossWords(value) {
  return value === null ? "–" : value.toFixed(value < 0.001 ? 6 : 4);
}

function shareWords(value) {
  return value === null ? "–" : `${value.toFixed(2)}%`;
}

// The tables come from the app, as the other pages have them; only their numbers change here.
function drawMatrices(host, models) {
  host.replaceChildren();
  const tables = models
    .filter((model) => model.matrices)
    .map((model) => {
      const figure = added(host, "figure");
      added(figure, "figcaption", `${model.title}: confusion matrix of the test images`);
      const place = added(figure, "div");
      place.innerHTML = model.matrices.table;
      return { counts: model.matrices.counts, cells: [...place.querySelectorAll("tbody td")] };
    });
  return {
    seek(epoch) {
      for (const { counts, cells } of tables) {
        const matrix = counts[Math.min(epoch, counts.length - 1)];
        matrix.forEach((row, line) => {
          row.forEach((count, column) => {
            const cell = cells[line * row.length + column];
            cell.textContent = count.toLocaleString("en");
            cell.style.setProperty("--wrong", Number(column !== line && count > 0));
            cell.style.setProperty("--empty", Number(count === 0));
          });
        });
      }
    },
  };
}

function bytesOf(base64) {
  return new Int8Array(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

function drawWeights(host, models, palette) {
  host.replaceChildren();
  const shown = models
    .filter((model) => model.weights)
    .map((model) => drawImages(host, model, palette));
  return { seek: (epoch) => shown.forEach((each) => each.seek(epoch)) };
}

function drawImages(host, model, palette) {
  const { epochs, scales, images, height, width, limit, names, what } = model.weights;
  const levels = bytesOf(model.weights.levels);
  const figure = added(host, "figure");
  const title = added(figure, "figcaption");
  const grid = added(figure, "div", "", "images");
  const narrow = host.clientWidth < 640;
  const columns = images > 12 ? (narrow ? 8 : 16) : narrow ? 3 : 6;
  grid.style.setProperty("--columns", columns);
  grid.setAttribute("role", "img");
  const canvases = Array.from({ length: images }, (_, number) => {
    const cell = added(grid, "div");
    const canvas = added(cell, "canvas");
    [canvas.width, canvas.height] = [width, height];
    if (names.length) cell.append(names[number]);
    return canvas;
  });
  drawLegend(figure, limit, palette);
  let drawnPlace = -1;
  return {
    seek(epoch) {
      const place = nearest(epochs, epoch);
      if (place === drawnPlace) return;
      drawnPlace = place;
      const when = epochs[place] ? `after epoch ${epochs[place]}` : "before training";
      title.textContent = `${model.title}: ${what}, ${when}`;
      grid.setAttribute("aria-label", `${images} images of ${width} by ${height} weights ${when}`);
      canvases.forEach((canvas, number) => {
        const context = canvas.getContext("2d");
        const image = context.createImageData(width, height);
        const first = (place * images + number) * width * height;
        for (let pixel = 0; pixel < width * height; pixel += 1) {
          const value = (levels[first + pixel] * scales[place]) / limit;
          image.data.set(mixed(palette, value), 4 * pixel);
        }
        context.putImageData(image, 0, 0);
      });
    },
  };
}

function drawLegend(figure, limit, palette) {
  const legend = added(figure, "div", "", "legend");
  const stops = [palette.negative, palette.zero, palette.positive].map((each) => `rgb(${each})`);
  added(legend, "i").style.background = `linear-gradient(90deg, ${stops})`;
  const end = Number(limit.toPrecision(2));
  added(legend, "span", `−${end} or less`);
  added(legend, "span", "weight 0");
  added(legend, "span", `+${end} or more`);
}

function nearest(epochs, epoch) {
  const distances = epochs.map((each) => Math.abs(each - epoch));
  return distances.indexOf(Math.min(...distances));
}
