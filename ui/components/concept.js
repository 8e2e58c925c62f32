// Small pictures with sliders: an activation's curve, flattening, softmax, and the sum behind a dense unit.

const FUNCTIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
  selu: (x) => 1.0507 * (x > 0 ? x : 1.67326 * (Math.exp(x) - 1)),
  gelu: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
};

function slider(box, label, min, max, step, value, oninput) {
  const line = document.createElement("label");
  line.innerHTML = '<span></span><input type="range"><b></b>';
  const [name, input, shown] = line.children;
  name.textContent = label;
  Object.assign(input, { min, max, step, value });
  shown.textContent = input.value;
  input.oninput = () => { shown.textContent = input.value; oninput(Number(input.value)); };
  box.appendChild(line);
}

function curve(root, data, values) {
  const f = FUNCTIONS[data.activation];
  const [w, h] = [320, 200];
  const at = (x, y) => `${w / 2 + x * 38},${h / 2 - y * 38}`;
  const points = Array.from({ length: 161 }, (_, i) => -4 + i / 20).map((x) => at(x, f(x))).join(" ");
  const y = f(values.x);
  root.querySelector(".drawing").innerHTML = `<svg viewBox="0 0 ${w} ${h}" width="${w}" height="${h}"><g stroke="currentColor" stroke-opacity="0.35"><line x1="0" x2="${w}" y1="${h / 2}" y2="${h / 2}"/><line y1="0" y2="${h}" x1="${w / 2}" x2="${w / 2}"/></g><polyline points="${points}" fill="none" stroke="#c8a93b" stroke-width="3"/><polyline points="${at(values.x, 0)} ${at(values.x, y)} ${at(0, y)}" fill="none" stroke="currentColor" stroke-dasharray="3 3"/><circle cx="${w / 2 + values.x * 38}" cy="${h / 2 - y * 38}" r="5" fill="var(--st-primary-color)"/></svg>`;
  root.querySelector(".said").textContent = `${data.activation}(${values.x.toFixed(2)}) = ${y.toFixed(3)}`;
}

function flatten(root, data, values) {
  const [height, width, channels] = data.shape;
  const place = data.first ? values.channel * height * width + values.row * width + values.column
    : (values.row * width + values.column) * channels + values.channel;
  const count = height * width * channels;
  const cell = Math.max(3, Math.min(22, Math.floor(180 / Math.max(height, width))));
  let cells = "";
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const on = y === values.row && x === values.column;
    cells += `<rect x="${x * cell}" y="${y * cell}" width="${cell - 1}" height="${cell - 1}" fill="${on ? "var(--st-primary-color)" : "#8a8f9c"}" opacity="${on ? 1 : 0.35}"/>`;
  }
  const mark = (place / count) * 640;
  root.querySelector(".drawing").innerHTML = `<svg viewBox="0 0 660 ${height * cell + 50}" width="660"><g>${cells}</g><text x="${width * cell + 12}" y="16" fill="currentColor" font-size="13">${data.words.channel} ${values.channel + 1} / ${channels}</text><rect x="0" y="${height * cell + 20}" width="640" height="14" rx="3" fill="#8a8f9c" opacity="0.35"/><rect x="${mark}" y="${height * cell + 16}" width="4" height="22" fill="var(--st-primary-color)"/></svg>`;
  root.querySelector(".said").textContent = data.words.place.replace("{place}", place + 1).replace("{count}", count.toLocaleString());
}

function softmax(root, data, values) {
  const powers = values.z.map(Math.exp);
  const total = powers.reduce((a, b) => a + b, 0);
  root.querySelector(".drawing").innerHTML = powers.map((p, i) => `<div class="bar"><span>${data.names[i]}</span><i style="width:${(p / total) * 240}px"></i><b>${((p / total) * 100).toFixed(1)} %</b></div>`).join("");
  root.querySelector(".said").textContent = data.words.sum.replace("{sum}", powers.reduce((a, p) => a + p / total, 0).toFixed(3));
}

function dense(root, data, values) {
  const sum = values.x.reduce((a, x, i) => a + x * values.w[i], values.b);
  const f = FUNCTIONS[data.activation] || FUNCTIONS.linear;
  const shown = values.x.map((x, i) => `${x.toFixed(1)}·${values.w[i] < 0 ? `(${values.w[i].toFixed(1)})` : values.w[i].toFixed(1)}`).join(" + ");
  root.querySelector(".drawing").innerHTML = "";
  root.querySelector(".said").textContent = `${data.activation}(${shown} + ${values.b.toFixed(1)}) = ${data.activation}(${sum.toFixed(2)}) = ${f(sum).toFixed(3)}`;
}

const DEMOS = {
  activation: (root, data, box) => {
    const values = { x: 1 };
    slider(box, data.words.input, -4, 4, 0.1, 1, (x) => { values.x = x; curve(root, data, values); });
    curve(root, data, values);
  },
  flatten: (root, data, box) => {
    const values = { row: 0, column: 0, channel: 0 };
    ["row", "column", "channel"].forEach((name, axis) => slider(box, data.words[name], 1, data.shape[axis], 1, 1, (v) => { values[name] = v - 1; flatten(root, data, values); }));
    flatten(root, data, values);
  },
  softmax: (root, data, box) => {
    const values = { z: data.names.map((_, i) => (i === 3 ? 3 : 0)) };
    data.names.forEach((name, i) => slider(box, name, -4, 4, 0.1, values.z[i], (v) => { values.z[i] = v; softmax(root, data, values); }));
    softmax(root, data, values);
  },
  dense: (root, data, box) => {
    const values = { x: [1, 0.5, 0], w: [0.8, -0.4, 0.3], b: 0.1 };
    for (let i = 0; i < 3; i++) {
      slider(box, `${data.words.input} ${i + 1}`, 0, 1, 0.1, values.x[i], (v) => { values.x[i] = v; dense(root, data, values); });
      slider(box, `${data.words.weight} ${i + 1}`, -1, 1, 0.1, values.w[i], (v) => { values.w[i] = v; dense(root, data, values); });
    }
    slider(box, data.words.bias, -1, 1, 0.1, values.b, (v) => { values.b = v; dense(root, data, values); });
    dense(root, data, values);
  },
};

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".concept");
  if (!root || !data) return;
  const signature = JSON.stringify(data);
  if (root.dataset.signature === signature) return; // the reader's sliders stay as they are
  root.dataset.signature = signature;
  const box = root.querySelector(".sliders");
  box.replaceChildren();
  DEMOS[data.demo](root, data, box);
}
