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
      const map = { ...layer, steps: decode(layer.values) };
      const place = layOut(layer, available, strip, data.tile);
      [canvas.width, canvas.height] = [place.columns * place.stepX - GAP, place.rows * place.stepY - GAP];
      section.querySelector("b").textContent = layer.title;
      section.querySelector(".shape").textContent = layer.caption;
      section.querySelector(".low").textContent = layer.role === "ink" ? "0" : format(-layer.limit);
      section.querySelector(".high").textContent = format(layer.limit);
      section.querySelector(".ramp").style.background = `linear-gradient(90deg, ${data.colors[layer.role].join(",")})`;
      paintTiles(canvas, map, place, tables[layer.role], layer.limit, edge);
      canvas.setAttribute("aria-label", `${layer.title} ${layer.caption}`);
      canvas.onpointerleave = () => { tip.style.display = "none"; };
      canvas.onpointermove = canvas.onpointerdown = (event) => {
        const cell = cellUnder(event, canvas, layer.shape, place);
        if (!cell) { tip.style.display = "none"; return; }
        const [row, column, channel] = cell;
        const [, width, channels] = layer.shape;
        const value = map.steps[(row * width + column) * channels + channel] * layer.step;
        tip.textContent = data.tip
          .replace("{channel}", (layer.channels ? layer.channels[channel] : channel) + 1)
          .replace("{row}", row + 1).replace("{column}", column + 1).replace("{value}", format(value));
        tip.style.display = "block";
        placeTip(tip, event);
      };
    });
  };
  draw();
  return drawOnResize(root, draw);
}
