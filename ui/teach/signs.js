// A row for each sign: its name, the button that is held while it is shown, and its bar.

// Never rounded to certainty.
function shareText(share) {
  if (share > 0.99) return ">99%";
  return share < 0.01 ? "<1%" : `${Math.round(100 * share)}%`;
}

function drawShare(row, share, isLikely) {
  row.querySelector(".fill").style.transform = `scaleX(${(share ?? 0).toFixed(3)})`;
  setText(row.querySelector(".share"), share === undefined ? "" : shareText(share));
  row.classList.toggle("likely", isLikely);
}

// All are given the sign's index, `onRename` its new name too. A button also releases where another one
// takes its focus, which already gathers by then.
function createSigns(parent, { onHold, onRelease, onRename, onRemove }) {
  function newRow() {
    const name = element("input", "name");
    name.type = "text";
    name.maxLength = 24;
    const hold = element("button", "hold");
    const remove = element("button", "plain remove", "✕");
    hold.type = remove.type = "button";
    const track = element("span", "track", element("span", "fill"));
    track.setAttribute("aria-hidden", "true");
    const row = element("div", "sign", name, hold, remove, track, element("span", "share"));
    const index = () => [...parent.children].indexOf(row);
    name.onchange = () => onRename(index(), name.value);
    remove.onclick = () => onRemove(index());
    hold.onpointerdown = (event) => {
      hold.setPointerCapture(event.pointerId);
      onHold(index());
    };
    hold.onpointerup = hold.onpointercancel = hold.onblur = () => onRelease(index());
    hold.onkeydown = (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) onHold(index());
    };
    hold.onkeyup = () => onRelease(index());
    hold.oncontextmenu = (event) => event.preventDefault();
    return row;
  }

  return {
    draw(signs, canRecord) {
      fitted(parent, signs.length, newRow).forEach((row, index) => {
        const [name, hold, remove] = row.children;
        const sign = signs[index];
        if (name !== name.getRootNode().activeElement) name.value = sign.name;
        name.setAttribute("aria-label", `Name of sign ${index + 1}`);
        remove.setAttribute("aria-label", `Remove ${sign.name}`);
        remove.disabled = signs.length <= 2;
        hold.disabled = !canRecord;
        const samples = sign.recordings.reduce((sum, each) => sum + each.samples, 0);
        setText(hold, samples ? `Hold · ${samples}` : "Hold to teach");
        // A label begins with the words that are seen.
        hold.setAttribute("aria-label", `${hold.textContent}: ${sign.name}`);
      });
    },
    count(index, samples) {
      setText(parent.children[index].querySelector(".hold"), `Gathering · ${samples}`);
    },
    shares(probabilities, likely) {
      [...parent.children].forEach((row, index) => {
        drawShare(row, probabilities[index], index === likely);
      });
    },
  };
}
