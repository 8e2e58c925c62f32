// How a sliding window works: it moves over the (padded) input, and each output appears with its sum.
// data: input (rows of 0–1), layer {op, size, strides, padding, dilation}, kernels {name: rows}, words.

const CELL_AT_MOST = 30;
const state = new WeakMap();

function geometry(n, layer) {
  const reach = layer.dilation * (layer.size - 1) + 1;
  if (layer.padding === "valid") return { before: 0, total: n, out: Math.floor((n - reach) / layer.strides) + 1, reach };
  const out = Math.ceil(n / layer.strides);
  const pad = Math.max((out - 1) * layer.strides + reach - n, 0);
  const before = Math.floor(pad / 2); // as TensorFlow does: the odd one comes behind
  return { before, total: n + pad, out, reach };
}

function terms(data, kernel, g, row, column) {
  const list = [];
  for (let i = 0; i < data.layer.size; i++) {
    for (let j = 0; j < data.layer.size; j++) {
      const y = row * data.layer.strides + i * data.layer.dilation - g.before;
      const x = column * data.layer.strides + j * data.layer.dilation - g.before;
      const inside = y >= 0 && x >= 0 && y < data.input.length && x < data.input.length;
      list.push({ y, x, inside, value: inside ? data.input[y][x] : 0, weight: kernel ? kernel[i][j] : 1 });
    }
  }
  return list;
}

function result(op, list) {
  if (op === "conv") return list.reduce((sum, t) => sum + t.value * t.weight, 0);
  const inside = list.filter((t) => t.inside); // pooling looks at real pixels only
  if (op === "max") return Math.max(...inside.map((t) => t.value));
  return inside.reduce((sum, t) => sum + t.value, 0) / inside.length;
}

function color(value, limit, signed) {
  if (!signed) { const grey = Math.round(255 * (1 - Math.max(0, Math.min(1, value)))); return `rgb(${grey},${grey},${grey})`; }
  const share = Math.max(-1, Math.min(1, value / limit));
  const [r, g, b] = share < 0 ? [33, 102, 172] : [178, 24, 43];
  const mix = (c) => Math.round(255 + (c - 255) * Math.abs(share));
  return `rgb(${mix(r)},${mix(g)},${mix(b)})`;
}

const short = (v) => (Number.isInteger(v) ? String(v) : v.toFixed(Math.abs(v) < 10 ? 2 : 1).replace("0.", ".").replace("-0.", "-."));

function paintGrid(canvas, side, cell, paint) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = side * cell * ratio;
  canvas.style.width = canvas.style.height = `${side * cell}px`;
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.font = `${Math.min(11, cell * 0.42)}px sans-serif`;
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) paint(c, y, x, x * cell, y * cell);
  return c;
}

function draw(root, data, s) {
  const g = geometry(data.input.length, data.layer);
  if (g.out < 1) { root.querySelector(".sum").textContent = data.words.nofit; return; }
  const kernel = data.layer.op === "conv" ? s.kernel : null;
  s.at = Math.max(0, Math.min(s.at, g.out * g.out - 1));
  const [row, column] = [Math.floor(s.at / g.out), s.at % g.out];
  const list = terms(data, kernel, g, row, column);
  const touched = new Set(list.map((t) => `${t.y},${t.x}`));
  const outputs = Array.from({ length: g.out * g.out }, (_, i) => result(data.layer.op, terms(data, kernel, g, Math.floor(i / g.out), i % g.out)));
  const limit = Math.max(1e-6, ...outputs.map(Math.abs));
  const css = getComputedStyle(root);
  const [accent, edge] = [css.getPropertyValue("--st-primary-color"), css.getPropertyValue("--st-border-color")];
  const cell = Math.min(CELL_AT_MOST, Math.floor(Math.min(340, root.clientWidth || 340) / g.total));

  paintGrid(root.querySelector(".input"), g.total, cell, (c, y, x, left, top) => {
    const [iy, ix] = [y - g.before, x - g.before];
    const inside = iy >= 0 && ix >= 0 && iy < data.input.length && ix < data.input.length;
    const value = inside ? data.input[iy][ix] : 0;
    c.fillStyle = inside ? color(value, 1, false) : css.getPropertyValue("--st-secondary-background-color");
    c.fillRect(left, top, cell, cell);
    const on = touched.has(`${iy},${ix}`);
    c.strokeStyle = on ? accent : edge;
    c.lineWidth = on ? 2 : 0.5;
    c.strokeRect(left + 0.5, top + 0.5, cell - 1, cell - 1);
    if (cell >= 19) {
      c.fillStyle = inside ? (value > 0.5 ? "#fff" : "#333") : css.getPropertyValue("--st-text-color");
      c.fillText(short(Math.round(value * 100) / 100), left + cell / 2, top + cell / 2);
    }
  });
  const shown = Math.min(CELL_AT_MOST, Math.max(4, Math.floor(280 / g.out)));
  paintGrid(root.querySelector(".output"), g.out, shown, (c, y, x, left, top) => {
    const i = y * g.out + x;
    const done = i <= s.at;
    c.fillStyle = done ? color(outputs[i], limit, data.layer.op === "conv") : css.getPropertyValue("--st-secondary-background-color");
    c.fillRect(left, top, shown, shown);
    c.strokeStyle = i === s.at ? accent : edge;
    c.lineWidth = i === s.at ? 2 : 0.5;
    c.strokeRect(left + 0.5, top + 0.5, shown - 1, shown - 1);
    if (done && shown >= 19) {
      const dark = Math.abs(data.layer.op === "conv" ? outputs[i] / limit : outputs[i]) > 0.55;
      c.fillStyle = dark ? "#fff" : "#333";
      c.fillText(short(Math.round(outputs[i] * 100) / 100), left + shown / 2, top + shown / 2);
    }
  });
  root.querySelector(".sizes").textContent = data.words.sizes
    .replace("{input}", `${data.input.length}×${data.input.length}`)
    .replace("{padded}", `${g.total}×${g.total}`).replace("{output}", `${g.out}×${g.out}`);
  root.querySelector(".sum").textContent = explain(data, list, outputs[s.at]);
  root.dataset.at = s.at;
}

function explain(data, list, value) {
  if (data.layer.op !== "conv") {
    const inside = list.filter((t) => t.inside).map((t) => short(Math.round(t.value * 100) / 100)).join(", ");
    return `${data.layer.op === "max" ? "max" : "mean"}(${inside}) = ${value.toFixed(3)}`;
  }
  const there = list.filter((t) => t.value * t.weight !== 0);
  const shown = there.slice(0, 9).map((t) => `${t.value.toFixed(2)}·${t.weight < 0 ? `(${t.weight.toFixed(2)})` : t.weight.toFixed(2)}`).join(" + ");
  const rest = there.length > 9 ? ` + … (${there.length - 9})` : "";
  return `${shown || "0"}${rest} = ${value.toFixed(3)}`;
}

function fillKernel(root, data, s, redraw) {
  const box = root.querySelector(".kernel");
  box.hidden = data.layer.op !== "conv";
  const table = box.querySelector("div");
  table.style.gridTemplateColumns = `repeat(${data.layer.size}, 3.6em)`;
  table.replaceChildren(...s.kernel.flatMap((line, i) => line.map((weight, j) => {
    const field = document.createElement("input");
    field.type = "number"; field.step = "0.1"; field.value = Number(weight.toFixed(3));
    field.setAttribute("aria-label", `${data.words.kernel} ${i + 1}, ${j + 1}`);
    field.oninput = () => { s.kernel[i][j] = Number(field.value) || 0; s.name = ""; redraw(); };
    return field;
  })));
  const chooser = box.querySelector("select");
  chooser.replaceChildren(...[...data.kernels, { name: "", title: data.words.own }].map((k) => {
    const option = document.createElement("option");
    option.value = k.name; option.textContent = k.title; option.selected = k.name === s.name;
    return option;
  }));
  chooser.onchange = () => {
    const chosen = data.kernels.find((k) => k.name === chooser.value);
    s.name = chooser.value;
    if (chosen) s.kernel = chosen.values.map((line) => [...line]);
    fillKernel(root, data, s, redraw);
    redraw();
  };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".window");
  if (!root || !data) return;
  const s = state.get(root) || { at: 0, playing: true, speed: 6 };
  state.set(root, s);
  const signature = JSON.stringify([data.layer.op, data.layer.size]);
  if (s.signature !== signature) {
    s.signature = signature;
    s.at = 0;
    s.name = data.kernels.length ? data.first : "";
    s.kernel = data.kernels.length ? data.kernels.find((k) => k.name === data.first).values.map((line) => [...line]) : [];
  }
  const redraw = () => draw(root, data, s);
  fillKernel(root, data, s, redraw);
  const [play, back, step, end] = root.querySelectorAll(".steps button");
  const speed = root.querySelector("input[type=range]");
  const label = () => { play.textContent = s.playing ? data.words.pause : data.words.play; };
  back.textContent = data.words.back; step.textContent = data.words.step; end.textContent = data.words.end;
  root.querySelector(".speed").textContent = data.words.speed;
  play.onclick = () => { s.playing = !s.playing; label(); };
  back.onclick = () => { s.playing = false; s.at -= 1; label(); redraw(); };
  step.onclick = () => { s.playing = false; s.at += 1; label(); redraw(); };
  end.onclick = () => { s.playing = false; s.at = Infinity; label(); redraw(); };
  speed.value = s.speed;
  speed.oninput = () => { s.speed = Number(speed.value); };
  label();
  redraw();
  clearTimeout(s.timer);
  const tick = () => {
    if (s.playing && root.isConnected) {
      const g = geometry(data.input.length, data.layer);
      s.at = s.at + 1 >= g.out * g.out ? 0 : s.at + 1;
      redraw();
    }
    s.timer = setTimeout(tick, 1000 / s.speed);
  };
  s.timer = setTimeout(tick, 600);
  return () => clearTimeout(s.timer);
}
