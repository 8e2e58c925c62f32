// Feature maps as pictures: every channel a tile, one colour scale per layer, the exact value under the pointer.
// Values come as int16 steps of `step`; a layer's colours reach from -limit to +limit (ink: 0 to limit).

// Tiles stand side by side on one canvas, GAP screen pixels apart, each map pixel a square of `zoom` screen pixels.
const GAP = 3;

function layOut(layer, available, strip, tile) {
  const [height, width, channels] = layer.shape;
  const zoom = Math.max(1, Math.round(tile / Math.max(height, width)));
  const fitting = Math.max(1, Math.floor((available + GAP) / (width * zoom + GAP)));
  const columns = Math.min(channels, strip ? 2 : fitting);
  return { zoom, columns, rows: Math.ceil(channels / columns), stepX: width * zoom + GAP, stepY: height * zoom + GAP };
}

function paint(canvas, layer, values, place, table, edge) {
  const [height, width, channels] = layer.shape;
  const { zoom, columns, rows, stepX, stepY } = place;
  canvas.width = columns * stepX - GAP;
  canvas.height = rows * stepY - GAP;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const limit = layer.limit / layer.step || 1;
  for (let channel = 0; channel < channels; channel++) {
    const left = (channel % columns) * stepX;
    const top = Math.floor(channel / columns) * stepY;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = values[(y * width + x) * channels + channel] / limit;
        const color = table[Math.max(0, Math.min(255, Math.round((layer.role === "ink" ? value : (value + 1) / 2) * 255)))];
        for (let row = 0; row < zoom; row++) {
          const start = (top + y * zoom + row) * canvas.width + left + x * zoom;
          pixels.fill(color, start, start + zoom);
        }
      }
    }
  }
  context.putImageData(image, 0, 0);
  context.strokeStyle = edge; // so that a map that is white all over is still seen as one
  for (let channel = 0; channel < channels; channel++) {
    const [left, top] = [(channel % columns) * stepX, Math.floor(channel / columns) * stepY];
    context.strokeRect(left + 0.5, top + 0.5, width * zoom - 1, height * zoom - 1);
  }
}

function cellUnder(event, canvas, layer, place) {
  const box = canvas.getBoundingClientRect();
  const [height, width, channels] = layer.shape;
  const px = ((event.clientX - box.left) / box.width) * canvas.width;
  const py = ((event.clientY - box.top) / box.height) * canvas.height;
  const [column, row] = [Math.floor(px / place.stepX), Math.floor(py / place.stepY)];
  const x = Math.floor((px - column * place.stepX) / place.zoom);
  const y = Math.floor((py - row * place.stepY) / place.zoom);
  const channel = row * place.columns + column;
  if (channel < 0 || channel >= channels || x < 0 || y < 0 || x >= width || y >= height) return null;
  return { x, y, channel };
}

function build(root, layer, strip) {
  const section = document.createElement("section");
  section.innerHTML =
    '<header><b></b> <span class="shape"></span><span class="legend"><i class="low"></i><span class="ramp"></span><i class="high"></i></span></header><div class="tiles"><canvas role="img"></canvas></div>';
  root.appendChild(section);
  return section;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".maps");
  const tip = parentElement.querySelector(".tip");
  if (!root || !data) return;
  const strip = data.mode === "strip";
  root.classList.toggle("strip", strip);
  const tables = { signed: colorTable(data.colors.signed), ink: colorTable(data.colors.ink) };
  while (root.children.length > data.layers.length) root.lastChild.remove();

  const draw = () => {
    const available = root.clientWidth || 700;
    const edge = getComputedStyle(root).getPropertyValue("--st-border-color").trim() || "#ccc";
    data.layers.forEach((layer, i) => {
      const section = root.children[i] || build(root, layer, strip);
      const canvas = section.querySelector("canvas");
      const values = decode(layer.values);
      const place = layOut(layer, available, strip, data.tile);
      section.querySelector("b").textContent = layer.title;
      section.querySelector(".shape").textContent = layer.caption;
      section.querySelector(".low").textContent = layer.role === "ink" ? "0" : format(-layer.limit);
      section.querySelector(".high").textContent = format(layer.limit);
      section.querySelector(".ramp").style.background = `linear-gradient(90deg, ${data.colors[layer.role].join(",")})`;
      paint(canvas, layer, values, place, tables[layer.role], edge);
      canvas.setAttribute("aria-label", `${layer.title} ${layer.caption}`);
      canvas.onpointerleave = () => { tip.style.display = "none"; };
      canvas.onpointermove = canvas.onpointerdown = (event) => {
        const cell = cellUnder(event, canvas, layer, place);
        if (!cell) { tip.style.display = "none"; return; }
        const [, width, channels] = layer.shape;
        const value = values[(cell.y * width + cell.x) * channels + cell.channel] * layer.step;
        tip.textContent = data.tip
          .replace("{channel}", (layer.channels ? layer.channels[cell.channel] : cell.channel) + 1)
          .replace("{row}", cell.y + 1).replace("{column}", cell.x + 1).replace("{value}", format(value));
        tip.style.display = "block";
        tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
        tip.style.top = `${Math.min(event.clientY + 16, window.innerHeight - tip.offsetHeight - 8)}px`;
      };
    });
  };
  draw();
  root.__observer?.disconnect();
  let lastWidth = root.clientWidth;
  root.__observer = new ResizeObserver(() => {
    if (Math.abs(root.clientWidth - lastWidth) > 4) { lastWidth = root.clientWidth; draw(); }
  });
  root.__observer.observe(root);
  return () => root.__observer?.disconnect();
}
