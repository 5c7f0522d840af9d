// What the article's models say of the same frames, and how often they count as many fingers.

function createBeside(figure, score) {
  let agreed = 0;
  let compared = 0;

  function clear() {
    agreed = compared = 0;
    figure.hidden = score.hidden = true;
    score.textContent = "";
  }

  return {
    // `beside` is what they said of a frame, null where none was read since, undefined where they read
    // none at all.
    draw(beside) {
      if (beside === undefined) clear();
      if (!beside) return;
      const { label, sure, seen, agrees } = beside;
      figure.hidden = score.hidden = false;
      setText(figure.querySelector(".label"), label);
      setText(figure.querySelector(".sureness"), sure);
      drawSquare(figure.querySelector("canvas"), seen);
      if (agrees === null) return;
      agreed += Number(agrees);
      compared += 1;
      const frames = compared === 1 ? "frame" : "frames";
      setText(score, `The article's CNN agrees in ${agreed} of ${compared} ${frames}`);
    },
    clear,
  };
}

// Empty where there are no `pixels`.
function drawSquare(canvas, pixels) {
  const context = canvas.getContext("2d");
  if (pixels) context.putImageData(new ImageData(pixels, canvas.width), 0, 0);
  else context.clearRect(0, 0, canvas.width, canvas.height);
}
