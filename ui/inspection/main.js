// A network as it reads one photo. The app learns what is chosen; hovering stays in the browser.
// Streamlit calls the default export anew for new data, so all state is kept on the root.

/** @param {StreamlitComponent} component */
export default function (component) {
  const root = component.parentElement;
  root.__inside ??= createInside(root, component);
  const inside = root.__inside;
  inside.component = component;
  inside.show(component.data);
  const call = ++inside.calls;
  return () => {
    // Streamlit also cleans up after a call that another one overtook, while the root stays in use.
    if (call !== inside.calls) return;
    inside.leave();
    root.__inside = null;
  };
}

/**
 * @param {HTMLElement} root
 * @param {StreamlitComponent} component
 * @returns {Inside}
 */
function createInside(root, component) {
  const stage = /** @type {HTMLElement} */ (root.querySelector(".inside"));
  const trace = /** @type {HTMLButtonElement} */ (root.querySelector(".trace"));
  const panel = /** @type {HTMLElement} */ (root.querySelector(".unit"));
  const spoken = /** @type {HTMLElement} */ (root.querySelector(".spoken"));
  let frame = 0;
  let width = 0;
  let drawn = "";
  let unitDrawn = "";
  let pixelDrawn = "";
  /** @type {(row: number, at: number) => void} */
  let show = () => {};

  /** @param {Partial<Place>} change */
  function choose(change) {
    const { column, number, channel, row, at } = inside.component.data.unit;
    const place = { column, number, channel, row, at, ...change };
    inside.component.setTriggerValue("chosen", place);
  }

  function draw() {
    if (!stage.clientWidth) return;
    const { network, unit } = inside.component.data;
    const styles = getComputedStyle(stage);
    const palette = paletteFor(styles.getPropertyValue("--st-background-color"));
    const key = [network.columns[0].sheet.png, network.path.join(), palette.zero, width].join();
    if (key !== drawn) {
      drawn = key;
      view = createNetwork(stage, palette, (column, number) =>
        choose({ column, number, channel: 0 }),
      );
      view.show(network);
      view.trace(trace.ariaPressed === "true");
      unitDrawn = "";
    }
    view.select(unit.column, unit.number);
    // What is already there stays, with the focus on it.
    const unitKey = [unit.column, unit.number, unit.channel].join();
    const pixel = [unit.row, unit.at].join();
    const isSame = unitKey === unitDrawn && pixel === pixelDrawn;
    pixelDrawn = pixel;
    if (isSame) return;
    if (unitKey === unitDrawn) return show(unit.row, unit.at);
    const hadFocus = panel.querySelector("select")?.matches(":focus");
    unitDrawn = unitKey;
    cancelAnimationFrame(frame);
    frame = 0;
    drawUnit(unit, network, palette);
    if (hadFocus) panel.querySelector("select")?.focus();
  }

  /**
   * @param {UnitData} unit
   * @param {NetworkData} network
   * @param {Palette} palette
   */
  function drawUnit(unit, network, palette) {
    panel.replaceChildren();
    const column = network.columns.find((each) => each.key === unit.column);
    const title = titleOf(unit, network.answers, column?.maps === 1);
    panel.setAttribute("aria-label", title);
    added(panel, "h2", title);
    const bar = added(panel, "div", "", "bar");
    const before = network.columns.find((each) => each.key === unit.beforeKey);
    const read = unit.inBlock ? column : before;
    if (read && read.maps > 1 && (unit.inBlock || unit.kind === "convolution")) {
      const from = unit.inBlock ? "the block’s first convolution" : read.title;
      const options = Array.from({ length: read.maps }, (_, index) => `${index + 1}`);
      list(bar, `Map of ${from} to look at`, options, unit.channel, (channel) =>
        choose({ channel }),
      );
    }
    const shown = drawKind(panel, unit, network, {
      palette,
      pointed: (row, at, isChosen) => {
        go(row, at);
        pin(isChosen);
      },
      channel: (channel) => choose({ channel }),
    });
    const place = { row: bounded(unit.row, shown.rows), at: bounded(unit.at, shown.columns) };
    const go = (/** @type {number} */ row, /** @type {number} */ at) => {
      Object.assign(place, { row, at });
      shown.move(row, at);
      rowSlider.show(row);
      columnSlider.show(at);
    };
    const pin = (/** @type {boolean} */ done) => {
      if (!done) return;
      choose(place);
      spoken.textContent = panel.querySelector(".equation")?.textContent ?? "";
    };
    const rowSlider = slider(bar, "Row", shown.rows, (row, done) => {
      go(row, place.at);
      pin(done);
    });
    const columnSlider = slider(bar, "Column", shown.columns, (at, done) => {
      go(place.row, at);
      pin(done);
    });
    if (["convolution", "block", "pooling"].includes(unit.kind)) addSlide(bar, shown, place, go);
    show = (row, at) => {
      if (!frame) go(bounded(row, shown.rows), bounded(at, shown.columns));
    };
    go(place.row, place.at);
  }

  /**
   * Moves the window over all places, from the one in view on.
   * @param {HTMLElement} bar
   * @param {{ rows: number, columns: number }} shown
   * @param {{ row: number, at: number }} place
   * @param {(row: number, at: number) => void} go
   */
  function addSlide(bar, shown, place, go) {
    const button = added(bar, "button", "Slide the window", "slide");
    button.type = "button";
    const stop = () => {
      cancelAnimationFrame(frame);
      frame = 0;
      button.textContent = "Slide the window";
    };
    const step = () => {
      const next = (place.row * shown.columns + place.at + 1) % (shown.rows * shown.columns);
      go(Math.floor(next / shown.columns), next % shown.columns);
      frame = requestAnimationFrame(step);
    };
    button.onclick = () => {
      if (frame) {
        stop();
        choose(place);
        return;
      }
      button.textContent = "Stop";
      frame = requestAnimationFrame(step);
    };
  }

  trace.onclick = () => {
    const on = trace.ariaPressed !== "true";
    trace.ariaPressed = String(on);
    view.trace(on);
  };
  stage.ontransitionend = (event) => event.target === stage && draw();
  const resizing = new ResizeObserver(() => {
    if (width === stage.clientWidth) return;
    width = stage.clientWidth;
    draw();
  });
  /** @type {ReturnType<typeof createNetwork>} */
  let view;
  /** @type {Inside} */
  const inside = {
    component,
    calls: 0,
    show: () => {
      width = stage.clientWidth;
      draw();
    },
    leave: () => {
      cancelAnimationFrame(frame);
      resizing.disconnect();
    },
  };
  resizing.observe(stage);
  return inside;
}

/**
 * @param {HTMLElement} panel
 * @param {UnitData} unit
 * @param {NetworkData} network
 * @param {Handlers} handlers
 */
function drawKind(panel, unit, network, handlers) {
  if (unit.kind === "image") return drawImageUnit(panel, unit, handlers);
  if (unit.kind === "flatten") return drawFlattenUnit(panel, unit, handlers);
  if (unit.kind === "pooling") return drawPoolingUnit(panel, unit, handlers);
  if (unit.kind === "dense" || unit.kind === "answer")
    return drawDenseUnit(panel, unit, handlers, network.answers);
  return drawMapUnit(panel, unit, handlers);
}

/**
 * @param {UnitData} unit
 * @param {AnswersData} answers
 * @param {boolean} isOnly
 */
function titleOf(unit, answers, isOnly) {
  if (unit.kind === "answer") return `${unit.title}: ${answers.labels[unit.number]}`;
  if (isOnly) return unit.title;
  return `${unit.title}, ${unit.kind === "dense" ? "unit" : "map"} ${unit.number + 1}`;
}
