// All layers from the input to the answer. Pointing at a cell outlines at once what it comes from and what it feeds; a
// click, a tap, or Enter picks it. Size and range last for the session of the browser.

const SETTINGS = "cnn-lab-overview";
const SIZES = { small: 28, medium: 56, large: 112 };
const settings = { size: "small", range: "layer", ...JSON.parse(sessionStorage.getItem(SETTINGS) || "{}") };
const BACK = "#e08214";
const ON = "#1f9e77";
const PICKED = "#111111";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".overview");
  if (!root || !data) return;
  const layers = data.layers.map((layer) => ({ ...layer, steps: layer.values && decode(layer.values) }));
  const visible = layers.filter((layer) => layer.steps);
  const tables = { signed: colorTable(data.colors.signed), ink: colorTable(data.colors.ink) };
  const [rows, tip, bar] = [root.querySelector(".rows"), root.querySelector(".tip"), root.querySelector(".bar")];
  const edge = getComputedStyle(root).getPropertyValue("--st-border-color").trim() || "#ccc";
  if (root.__subject !== data.subject || !root.__picked) root.__picked = data.start;
  root.__subject = data.subject;
  let places = [];
  let pointed = null;
  let waiting = 0;

  const valueAt = (layer, [row, column, channel]) => {
    if (layer.exact) return layer.exact[channel];
    const [, width, channels] = layer.shown;
    return layer.steps[(row * width + column) * channels + channel - layer.first] * layer.step;
  };
  const say = (layer, [row, column, channel]) => {
    const key = layer.shape[0] === 1 && layer.shape[1] === 1 ? "unit" : "cell";
    const filled = { layer: layer.title, channel: channel + 1, row: row + 1, column: column + 1, value: format(valueAt(layer, [row, column, channel])) };
    return data.words[key].replace(/\{(\w+)\}/g, (_, name) => filled[name]);
  };
  const mark = () => {
    waiting = 0;
    const at = pointed || root.__picked;
    const traced = at && layers.some((l) => l.name === at.layer) ? traceCell(layers, at.layer, at.cell) : { back: new Map(), on: new Map() };
    root.dataset.traced = JSON.stringify({ at, back: Object.fromEntries(traced.back), on: Object.fromEntries(traced.on) });
    visible.forEach((layer, i) => {
      const canvas = rows.children[i].querySelector(".marks");
      canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
      const [back, on] = [traced.back.get(layer.name), traced.on.get(layer.name)];
      if (back && layer.name !== at.layer) outline(canvas, layer, places[i], back, BACK, 1);
      if (on && layer.name !== at.layer) outline(canvas, layer, places[i], on, ON, 1);
      const picked = root.__picked;
      if (picked && picked.layer === layer.name) outline(canvas, layer, places[i], boxOf(picked.cell), PICKED, 2);
      if (pointed && pointed.layer === layer.name) outline(canvas, layer, places[i], boxOf(pointed.cell), BACK, 2);
      for (const button of rows.children[i].querySelectorAll(".classes button")) {
        button.setAttribute("aria-pressed", String(picked?.layer === layer.name && picked.cell[2] === Number(button.dataset.unit)));
      }
    });
  };
  const point = (at) => {
    pointed = at;
    if (!waiting) waiting = requestAnimationFrame(mark);
  };
  const pick = (layer, cell) => {
    root.__picked = { layer: layer.name, cell };
    point(null);
    setTriggerValue("picked", `${layer.name}:${cell.join(",")}`);
  };
  const listen = (canvas, layer, i) => {
    canvas.onpointermove = (event) => {
      const cell = pointedCell(event, canvas, layer, places[i]);
      tip.hidden = !cell;
      if (!cell) return point(null);
      tip.textContent = say(layer, cell);
      placeTip(tip, event);
      return point({ layer: layer.name, cell });
    };
    canvas.onpointerleave = () => { tip.hidden = true; point(null); };
    canvas.onclick = (event) => { const cell = pointedCell(event, canvas, layer, places[i]); if (cell) pick(layer, cell); };
    canvas.onkeydown = (event) => {
      const moves = { ArrowUp: [-1, 0, 0], ArrowDown: [1, 0, 0], ArrowLeft: [0, -1, 0], ArrowRight: [0, 1, 0], PageUp: [0, 0, -1], PageDown: [0, 0, 1] };
      const from = pointed?.layer === layer.name ? pointed.cell : root.__picked?.layer === layer.name ? root.__picked.cell : [0, 0, layer.first];
      if (event.key === "Enter" && from) { event.preventDefault(); return pick(layer, from); }
      if (!moves[event.key]) return null;
      event.preventDefault();
      const isRow = layer.shape[0] === 1 && layer.shape[1] === 1;
      const move = isRow ? [0, 0, moves[event.key].reduce((a, b) => a + b)] : moves[event.key];
      const least = [0, 0, layer.first];
      const most = [layer.shape[0] - 1, layer.shape[1] - 1, layer.first + layer.shown[2] - 1];
      const cell = from.map((value, axis) => Math.max(least[axis], Math.min(most[axis], value + move[axis])));
      canvas.setAttribute("aria-label", say(layer, cell));
      return point({ layer: layer.name, cell });
    };
  };
  const draw = () => {
    while (rows.children.length > visible.length) rows.lastChild.remove();
    while (rows.children.length < visible.length) buildRow(rows);
    const largest = Math.max(...visible.map((layer) => Math.max(layer.shape[0], layer.shape[1])));
    const tile = Math.max(SIZES[settings.size], settings.size === "small" ? Math.min(largest, 64) : 0);
    places = visible.map((layer, i) => {
      const row = rows.children[i];
      row.dataset.layer = layer.name;
      row.querySelector("b").textContent = layer.title;
      row.querySelector(".shape").textContent = layer.caption;
      row.querySelector(".stats").textContent = layer.stats;
      const colour = row.querySelector(".colour");
      colour.hidden = !layer.colour;
      if (layer.colour) Object.assign(colour, { src: layer.colour, width: tile * 2 });
      const room = row.querySelector(".body").clientWidth - (layer.colour ? tile * 2 + 8 : 0) || 600;
      const place = layOut(layer, room, layer.role === "ink" ? tile * 2 : tile);
      const limits = limitsOf(visible, layer);
      tellRange(row, layer, limits, data.words);
      const [maps, marks] = row.querySelectorAll("canvas");
      [maps.width, maps.height] = [place.columns * place.stepX, place.rows * place.stepY];
      paintTiles(maps, { ...layer, shape: layer.shown }, place, tables[layer.role], limits, edge);
      [marks.width, marks.height] = [maps.width, maps.height];
      maps.setAttribute("aria-label", `${layer.title} ${layer.caption}`);
      listen(marks, layer, i);
      fillClasses(row, data, layer, pick);
      const pager = row.querySelector(".pager");
      pager.hidden = layer.shown[2] >= layer.shape[2];
      pager.querySelector("span").textContent = `${layer.first + 1}–${layer.first + layer.shown[2]} / ${layer.shape[2]}`;
      const [back, on] = [pager.querySelector(".back"), pager.querySelector(".on")];
      back.disabled = layer.first === 0;
      on.disabled = layer.first + layer.shown[2] >= layer.shape[2];
      back.onclick = () => setTriggerValue("paged", `${layer.name}:${layer.first - layer.page}`);
      on.onclick = () => setTriggerValue("paged", `${layer.name}:${layer.first + layer.page}`);
      return place;
    });
    mark();
  };
  bar.querySelector(".ramp").style.background = `linear-gradient(90deg, ${data.colors.signed.join(",")})`;
  for (const [name, word] of Object.entries(data.words.bar)) bar.querySelector(`.${name}`).textContent = word;
  for (const name of ["size", "range"]) {
    const choice = bar.querySelector(`select.${name}`);
    choice.replaceChildren(...Object.entries(data.words[`${name}s`]).map(([value, word]) => new Option(word, value, false, value === settings[name])));
    choice.onchange = () => {
      settings[name] = choice.value;
      sessionStorage.setItem(SETTINGS, JSON.stringify(settings));
      draw();
    };
  }
  draw();
  return drawOnResize(root, draw);
}
