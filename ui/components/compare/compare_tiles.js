// Test images, each with the truth and what two networks answer; a click, or Enter on a focused one, picks it.

function line({ sign, color, said, right }) {
  const row = document.createElement("span");
  row.className = right ? "answer right" : "answer wrong";
  const mark = document.createElement("i");
  mark.style.color = color;
  mark.textContent = sign;
  row.append(mark, ` ${said}`);
  return row;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".tiles");
  if (!root || !data) return;
  while (root.children.length > data.tiles.length) root.lastChild.remove();
  const all = [...root.children];
  data.tiles.forEach((tile, i) => {
    const button = all[i] || root.appendChild(document.createElement("button"));
    button.type = "button";
    button.title = tile.label;
    button.setAttribute("aria-label", tile.label);
    button.setAttribute("aria-pressed", String(tile.selected));
    const picture = document.createElement(tile.picture ? "img" : "span");
    picture.className = "picture";
    if (tile.picture) { picture.src = tile.picture; picture.alt = ""; }
    else picture.textContent = tile.id;
    const truth = document.createElement("span");
    truth.className = "truth";
    truth.textContent = tile.truth;
    button.replaceChildren(picture, truth, ...tile.answers.map(line));
    button.onclick = () => {
      for (const other of root.children) other.setAttribute("aria-pressed", String(other === button));
      setTriggerValue("picked", tile.id);
    };
  });
}
