// Kernels as pictures: a tile each, one zero-centred colour scale for all; the weight under the pointer. A tile is picked
// by a click, or by arrow keys and Enter. Values come as int16 steps of `step`, (height, width, tiles).

const short = (value) => {
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 0.005 ? value.toFixed(2) : value === 0 ? "0" : value.toExponential(0);
};

function paint(canvas, data, read, index, stops) {
  const [height, width] = data.shape;
  const cell = Math.max(1, Math.round(data.size / Math.max(height, width)));
  const density = data.numbers ? Math.min(2, window.devicePixelRatio || 1) : 1;
  canvas.width = width * cell * density;
  canvas.height = height * cell * density;
  canvas.style.width = `${width * cell}px`;
  canvas.style.height = `${height * cell}px`;
  const context = canvas.getContext("2d");
  context.scale(density, density);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${Math.min(15, cell / 3)}px sans-serif`;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = read(index, y, x);
      const [r, g, b] = colorAt(stops, (value / (data.limit || 1) + 1) / 2).map(Math.round);
      context.fillStyle = `rgb(${r},${g},${b})`;
      context.fillRect(x * cell, y * cell, cell, cell);
      if (!data.numbers || cell < 26) continue;
      context.fillStyle = r * 0.3 + g * 0.6 + b * 0.1 > 130 ? "#111" : "#fff";
      context.fillText(short(value), (x + 0.5) * cell, (y + 0.5) * cell);
    }
  }
}

function step(root, event) {
  const tiles = [...root.children];
  const at = tiles.indexOf(event.target.closest(".tile"));
  const columns = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
  const way = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -at, End: tiles.length - 1 - at }[event.key];
  if (way === undefined || !tiles[at + way]) return;
  event.preventDefault();
  tiles[at].tabIndex = -1;
  tiles[at + way].tabIndex = 0;
  tiles[at + way].focus();
}

function showTip(event, tip, data, read, index) {
  const box = event.currentTarget.querySelector("canvas").getBoundingClientRect();
  const [height, width] = data.shape;
  const x = Math.floor(((event.clientX - box.left) / box.width) * width);
  const y = Math.floor(((event.clientY - box.top) / box.height) * height);
  const inside = x >= 0 && y >= 0 && x < width && y < height;
  const tile = data.tiles[index];
  tip.textContent = inside
    ? data.tip.replace("{name}", tile.label).replace("{row}", y + 1).replace("{column}", x + 1).replace("{value}", format(read(index, y, x)))
    : tile.label;
  tip.style.display = "block";
  placeTip(tip, event);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".tiles");
  const tip = parentElement.querySelector(".tip");
  if (!root || !data) return;
  const values = decode(data.values);
  const [, width, count] = data.shape;
  const read = (index, y, x) => values[(y * width + x) * count + index] * data.step;
  const stops = stopsOf(data.colors);

  parentElement.querySelector(".low").textContent = format(-data.limit);
  parentElement.querySelector(".high").textContent = format(data.limit);
  parentElement.querySelector(".ramp").style.background = `linear-gradient(90deg, ${data.colors.join(",")})`;
  parentElement.querySelector(".legend").hidden = !data.legend;
  root.setAttribute("aria-label", data.name);

  while (root.children.length > data.tiles.length) root.lastChild.remove();
  const chosen = Math.max(0, data.tiles.findIndex((tile) => tile.selected));
  data.tiles.forEach((values, i) => {
    let tile = root.children[i];
    if (!tile) {
      tile = document.createElement("button");
      tile.type = "button";
      tile.innerHTML = "<canvas></canvas><span></span>";
      root.appendChild(tile);
    }
    tile.className = `tile${values.off ? " off" : ""}`;
    tile.disabled = !data.pickable;
    tile.tabIndex = i === chosen ? 0 : -1;
    tile.setAttribute("aria-label", values.label);
    if (data.pickable) tile.setAttribute("aria-pressed", values.selected);
    tile.lastChild.textContent = values.name;
    tile.lastChild.hidden = !values.name;
    paint(tile.firstChild, data, read, i, stops);
    tile.onpointermove = (event) => showTip(event, tip, data, read, i);
    tile.onpointerleave = () => { tip.style.display = "none"; };
    tile.onclick = () => {
      for (const other of root.children) other.setAttribute("aria-pressed", other === tile);
      setTriggerValue("picked", values.id);
    };
  });
  root.onkeydown = (event) => step(root, event);
}
