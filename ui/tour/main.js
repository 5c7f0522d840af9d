// The slides of the tour, or the speaker's notes to them in a window of their own. All slides are here,
// so that a step takes no time; the app is only asked for another hand.
// Streamlit calls the default export anew for new data, so all state is kept on the root.

export default function (component) {
  const root = component.parentElement;
  root.__show ??= createShow(root, component.data);
  const show = root.__show;
  show.update(component.data);
  const call = ++show.calls;
  return () => {
    // Streamlit also cleans up after a call that another one overtook, while the root stays in use.
    if (call !== show.calls) return;
    show.leave();
    root.__show = null;
  };
}

function createShow(root, { notesOf, start }) {
  const find = (selector) => root.querySelector(selector);
  const section = find(".show");
  const select = find(".step");
  const isSpeaker = Boolean(notesOf);
  const show = { calls: 0, slides: [], step: start ?? 1 };
  const name = notesOf || walkName();
  const channel = openChannel(name, hear);
  const clock = createClock(find(".clock"), (now) => {
    clock.set(now);
    tell();
  });
  const leaveKeys = watchShowKeys(() => show.step, go, toggleFull);

  section.classList.toggle("speaking", isSpeaker);
  find(".slide").hidden = isSpeaker;
  find(".speaker").hidden = !isSpeaker;
  find(".notes").textContent = "Open these notes from the slides by “Speaker notes”.";
  find(".back").onclick = () => go(show.step - 1);
  find(".on").onclick = () => go(show.step + 1);
  find(".full").onclick = toggleFull;
  find(".full").hidden = !document.fullscreenEnabled;
  find(".open-notes").onclick = () =>
    open(`${location.pathname}?notes=${name}`, `notes${name}`, "width=960,height=640");
  select.onchange = () => go(Number(select.value));
  document.addEventListener("fullscreenchange", showFull);
  if (isSpeaker) channel.tell({ hello: true });

  function hear(message) {
    if (message.slides && isSpeaker) {
      clock.set(message.started);
      show.step = message.step;
      setSlides(message.slides, message.problem);
    } else if (message.go && !isSpeaker) go(message.go);
    else if (message.started && !isSpeaker) clock.set(message.started);
    else if (message.hello && !isSpeaker) tell();
  }

  // Only the slides say where the two windows stand.
  function tell() {
    if (isSpeaker) channel.tell({ started: clock.started });
    else {
      const { slides, step, problem } = show;
      channel.tell({ slides, step, problem, started: clock.started });
    }
  }

  function go(wanted) {
    if (!show.slides.length) return;
    const step = Math.min(Math.max(Math.round(wanted) || 1, 1), show.slides.length);
    if (isSpeaker) {
      channel.tell({ go: step });
      return;
    }
    if (step === show.step) return;
    show.step = step;
    const address = new URL(location.href);
    address.searchParams.set("step", step);
    history.replaceState(history.state, "", address);
    draw();
    tell();
  }

  show.update = (data) => {
    if (isSpeaker) return;
    setSlides(data.slides, data.problem);
    tell();
  };

  function setSlides(slides, problem) {
    show.slides = slides;
    show.problem = problem;
    const options = slides.map(({ title }, place) =>
      element("option", { value: place + 1, textContent: `${place + 1}. ${title}` }),
    );
    select.replaceChildren(...options);
    draw();
  }

  function draw() {
    const { slides, step } = show;
    const slide = slides[step - 1];
    select.value = step;
    find(".back").disabled = step === 1;
    find(".on").disabled = step === slides.length;
    if (isSpeaker) drawNotes(slide, slides[step]);
    else drawSlide(slide);
  }

  function drawSlide(slide) {
    find("h2").textContent = slide.title;
    find("h2").hidden = false;
    find(".number").textContent = slide.number;
    find(".label").textContent = slide.label;
    find(".sentence").textContent = slide.sentence;
    find(".problem").textContent = show.problem;
    find(".more").hidden = !slide.link;
    if (slide.link) {
      const link = find(".more a");
      const isLast = show.step === show.slides.length;
      link.textContent = isLast ? `Open “${slide.link.label}”` : `More on “${slide.link.label}”`;
      link.href = slide.link.address;
      link.classList.toggle("call", isLast);
    }
    drawPicture(find(".slide .picture"), slide);
    const said = slide.panels.map((panel) => [panel.title, panel.said].filter(Boolean).join(": "));
    find(".announced").textContent = [`Step ${show.step}`, slide.title, ...said].join(". ");
  }

  function drawNotes(slide, next) {
    find(".now .what").textContent = `${show.step} of ${show.slides.length} · ${slide.title}`;
    find(".notes").textContent = slide.notes;
    find(".next").textContent = next ? `${next.title}: ${next.sentence}` : "This is the last step.";
    const place = find(".speaker .picture");
    if (next) drawPicture(place, next);
    else place.replaceChildren();
  }

  function toggleFull() {
    const page = document.documentElement;
    // What the browser refuses, as without a click, changes nothing.
    (document.fullscreenElement ? document.exitFullscreen() : page.requestFullscreen()).catch(
      () => {},
    );
  }

  function showFull() {
    find(".full").textContent = document.fullscreenElement ? "Leave full screen" : "Full screen";
  }

  show.leave = () => {
    channel.end();
    clock.end();
    leaveKeys();
    document.removeEventListener("fullscreenchange", showFull);
  };
  return show;
}
