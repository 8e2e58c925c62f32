// A confusion matrix whose cells can be picked: click, touch, or arrow keys and Enter.

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function build(root, data) {
  root.innerHTML =
    '<div class="axis"></div><table role="grid"><thead><tr><th></th></tr></thead><tbody></tbody></table><div class="legend"></div>';
  const head = root.querySelector("thead tr");
  const body = root.querySelector("tbody");
  head.firstChild.className = "side";
  for (const name of data.names) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.appendChild(document.createElement("span")).textContent = name;
    cell.title = name;
    head.appendChild(cell);
  }
  data.names.forEach((name, r) => {
    const row = document.createElement("tr");
    const title = document.createElement("th");
    title.scope = "row";
    title.className = "side";
    title.textContent = title.title = name;
    row.appendChild(title);
    data.names.forEach((_, c) => {
      const cell = document.createElement("td");
      cell.setAttribute("role", "gridcell");
      cell.dataset.place = `${r},${c}`;
      row.appendChild(cell);
    });
    body.appendChild(row);
  });
  const longest = Math.max(...data.names.map((name) => name.length));
  root.classList.toggle("long", longest > 3);
  root.style.setProperty("--side", `${Math.min(7, Math.max(1.8, longest * 0.62 + 0.6))}em`);
}

function legend(root, data) {
  const keys = data.legend.map((key) => {
    const item = document.createElement("span");
    const color = item.appendChild(document.createElement("i"));
    if (key.background) color.style.background = key.background;
    else color.className = "right";
    item.append(key.text);
    return item;
  });
  root.querySelector(".legend").replaceChildren(...keys);
}

function fill(root, data, pick) {
  const cells = [...root.querySelectorAll("td")];
  const size = data.names.length;
  const chosen = data.selected ? data.selected[0] * size + data.selected[1] : 0;
  const mark = (index, isPicked) => {
    cells.forEach((cell, i) => {
      cell.tabIndex = i === index ? 0 : -1;
      cell.classList.toggle("selected", isPicked && i === index);
      cell.setAttribute("aria-selected", isPicked && i === index);
    });
  };
  cells.forEach((cell, i) => {
    const values = data.cells[Math.floor(i / size)][i % size];
    const isRight = Math.floor(i / size) === i % size;
    cell.textContent = values.count;
    cell.className = [isRight ? "right" : "", values.dark ? "dark" : "", values.count ? "" : "none"].join(" ");
    cell.style.background = values.background;
    cell.title = values.label;
    cell.setAttribute("aria-label", values.label);
    cell.onclick = data.fixed ? null : () => { mark(i, true); pick(cell.dataset.place); };
    cell.onkeydown = (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); cell.onclick?.(); return; }
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      const [r, c] = [Math.floor(i / size) + step[0], (i % size) + step[1]];
      if (r < 0 || c < 0 || r >= size || c >= size) return;
      cell.tabIndex = -1;
      cells[r * size + c].tabIndex = 0;
      cells[r * size + c].focus();
    };
  });
  mark(chosen, Boolean(data.selected));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".confusion");
  if (!root || !data) return;
  const signature = JSON.stringify(data.names);
  if (root.dataset.names !== signature) {
    root.dataset.names = signature;
    build(root, data);
  }
  root.classList.toggle("fixed", Boolean(data.fixed));
  root.querySelector(".axis").textContent = data.axis;
  root.querySelector("table").setAttribute("aria-label", data.axis);
  fill(root, data, (place) => setTriggerValue("picked", place));
  legend(root, data);
}
