// The hands' skeletons over the picture: a finger that is up is a thick line with a ring at its tip, one
// that is down a thin broken line with a cross.

// Of the drawing, in its own units: so small that places are whole numbers, which are quickly written.
const SKELETON_HEIGHT = 4800;
const RING = 90;
const CROSS = 60;

const svgElement = (name, className) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  made.setAttribute("class", className);
  return made;
};

// What is drawn later lies above: first the dark edges, which show the lines before any background.
const SKELETON_LINES = ["edge", "palm", "down", "up", "cross", "ring"];

function newSkeleton() {
  const made = svgElement("g", "bones");
  made.append(...SKELETON_LINES.map((name) => svgElement("path", name)));
  return made;
}

function createSkeleton(drawing) {
  let width = 0;

  const chain = (joints) =>
    `M${joints.map(([x, y]) => `${Math.round(x * width)} ${Math.round(y * SKELETON_HEIGHT)}`).join("L")}`;

  function linesOf({ palm, fingers }) {
    const [up, down] = [true, false].map((isUp) => fingers.filter((each) => each.isUp === isUp));
    const tips = (some, mark) =>
      some
        .map(({ joints }) => {
          const [x, y] = joints.at(-1);
          return mark(Math.round(x * width), Math.round(y * SKELETON_HEIGHT));
        })
        .join("");
    return {
      edge: [palm, ...fingers.map(({ joints }) => joints)].map(chain).join(""),
      palm: chain(palm),
      down: down.map(({ joints }) => chain(joints)).join(""),
      up: up.map(({ joints }) => chain(joints)).join(""),
      cross: tips(
        down,
        (x, y) =>
          `M${x - CROSS} ${y - CROSS}l${2 * CROSS} ${2 * CROSS}m0 ${-2 * CROSS}l${-2 * CROSS} ${2 * CROSS}`,
      ),
      ring: tips(
        up,
        (x, y) =>
          `M${x - RING} ${y}a${RING} ${RING} 0 1 0 ${2 * RING} 0a${RING} ${RING} 0 1 0 ${-2 * RING} 0`,
      ),
    };
  }

  return {
    draw(hands) {
      fitted(drawing, hands.length, newSkeleton).forEach((bones, index) => {
        const lines = linesOf(hands[index].skeleton);
        SKELETON_LINES.forEach((name, place) => {
          bones.children[place].setAttribute("d", lines[name]);
        });
      });
    },
    proportions(ratio) {
      width = SKELETON_HEIGHT * ratio;
      drawing.setAttribute("viewBox", `0 0 ${width} ${SKELETON_HEIGHT}`);
    },
  };
}
