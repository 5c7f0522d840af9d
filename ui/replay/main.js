// Plays recorded trainings in the browser alone; the app only learns where it was stopped.
// Streamlit calls the default export anew for new data, so all state is kept on the root.

export default function (component) {
  const root = component.parentElement;
  root.__player ??= createPlayer(root);
  const player = root.__player;
  player.component = component;
  player.show(component.data);
  const call = ++player.calls;
  return () => {
    // Streamlit also cleans up after a call that another one overtook, while the root stays in use.
    if (call !== player.calls) return;
    player.leave();
    root.__player = null;
  };
}

function createPlayer(root) {
  const find = (selector) => root.querySelector(selector);
  const stage = find(".player");
  const slider = find(".scrub input");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const player = { position: null, frame: 0, before: 0, calls: 0, parts: [], charts: [] };

  player.show = (data) => {
    player.data = data;
    player.position = Math.min(player.position ?? data.start ?? data.last, data.last);
    slider.max = data.last;
    draw();
  };

  player.leave = () => {
    cancelAnimationFrame(player.frame);
    resizing.disconnect();
  };

  function draw() {
    const { models, last, scale, least } = player.data;
    if (!stage.clientWidth) return;
    const styles = getComputedStyle(stage);
    const colours = styles.getPropertyValue("--st-chart-categorical-colors").split(",");
    models.forEach((model, place) => {
      model.colour = colours[place % colours.length].trim();
    });
    drawKey(find(".titles"), models);
    const losses = models.flatMap((model) => [...model.trainLoss, ...model.testLoss]);
    player.charts = [
      drawChart(
        find(".loss"),
        curvesOf("trainLoss", "testLoss"),
        lossAxis(losses, scale),
        last,
        textOf("Loss", "testLoss", lossWords),
      ),
      drawChart(
        find(".accuracy"),
        curvesOf("trainRight", "testRight"),
        accuracyAxis(least),
        last,
        textOf("Correct answers", "testRight", shareWords),
      ),
    ];
    const palette = paletteFor(styles.getPropertyValue("--st-background-color"));
    player.parts = [
      drawValues(find(".values"), models),
      drawMatrices(find(".matrices"), models),
      drawWeights(find(".weights"), models, palette),
    ];
    seek(player.position);
  }

  function curvesOf(training, test) {
    return player.data.models.flatMap((model) => [
      { values: model[training], colour: model.colour, training: true },
      { values: model[test], colour: model.colour, training: false },
    ]);
  }

  function textOf(what, key, words) {
    const ends = player.data.models.map((model) => {
      const known = model[key].filter((value) => value !== null);
      return `${model.title} from ${words(known[0])} to ${words(known.at(-1))}`;
    });
    return `${what} on test images over epochs: ${ends.join("; ")}.`;
  }

  function seek(position) {
    player.position = position;
    const epoch = Math.floor(position);
    slider.value = epoch;
    find(".epoch").textContent = slider.ariaValueText = epochWords(epoch);
    for (const chart of player.charts) chart.seek(still.matches ? epoch : position);
    for (const part of player.parts) part.seek(epoch);
  }

  function epochWords(epoch) {
    return epoch ? `Epoch ${epoch} of ${player.data.last}` : "Before training";
  }

  function play() {
    if (player.position >= player.data.last) seek(0);
    find(".play").textContent = "Pause";
    player.before = performance.now();
    player.frame = requestAnimationFrame(tick);
  }

  function tick(now) {
    // A frame may have begun before the click; a tab that was hidden gets none for long.
    const seconds = Math.min(Math.max(now - player.before, 0), 250) / 1000;
    player.before = now;
    seek(Math.min(player.position + seconds * Number(find("select").value), player.data.last));
    if (player.position >= player.data.last) return pause();
    player.frame = requestAnimationFrame(tick);
  }

  function pause() {
    cancelAnimationFrame(player.frame);
    player.frame = 0;
    find(".play").textContent = "Play";
    jump(Math.floor(player.position));
  }

  function jump(epoch) {
    seek(Math.min(Math.max(epoch, 0), player.data.last));
    if (player.frame) return;
    find(".spoken").textContent = epochWords(player.position);
    player.component.setTriggerValue("epoch", player.position);
  }

  find(".play").onclick = () => (player.frame ? pause() : play());
  find(".back").onclick = () => jump(Math.floor(player.position) - 1);
  find(".on").onclick = () => jump(Math.floor(player.position) + 1);
  slider.oninput = () => seek(Number(slider.value));
  slider.onchange = () => jump(Number(slider.value));
  [".loss", ".accuracy"].forEach((selector, place) => {
    const chart = find(selector);
    const epochAt = (event) => player.charts[place].epochAt(event.clientX);
    chart.onpointerdown = chart.onpointermove = (event) => event.buttons && seek(epochAt(event));
    chart.onpointerup = (event) => jump(epochAt(event));
  });
  stage.ontransitionend = (event) => event.target === stage && draw();
  let width = 0;
  const resizing = new ResizeObserver(() => {
    if (!player.data || width === stage.clientWidth) return;
    width = stage.clientWidth;
    draw();
  });
  resizing.observe(stage);
  return player;
}
