// The time since the start, which a reload keeps.

function createClock(button, onRestart) {
  const time = button.querySelector(".time");
  const clock = { started: Number(sessionStorage.getItem("walk started")) || Date.now() };

  function show() {
    const seconds = Math.max(0, Math.floor((Date.now() - clock.started) / 1000));
    time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  clock.set = (started) => {
    clock.started = started;
    sessionStorage.setItem("walk started", started);
    show();
  };
  clock.set(clock.started);
  button.onclick = () => onRestart(Date.now());
  const timer = setInterval(show, 500);
  clock.end = () => clearInterval(timer);
  return clock;
}
