// An activation's curve, flattening, softmax, the sum behind a dense unit, and a layer's parameters to count.

// The error function to 1.5e-7 (Abramowitz and Stegun 7.1.26), for gelu as Keras has it.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
  return x < 0 ? tail - 1 : 1 - tail;
}

const FUNCTIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
  selu: (x) => 1.05070099 * (x > 0 ? x : 1.67326324 * (Math.exp(x) - 1)),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
};

function showActivation(root, data, values) {
  const f = FUNCTIONS[data.activation] || FUNCTIONS.linear;
  const y = f(values.x);
  drawInto(root, plotCurves({
    x: [-4, 4], y: [-2, 4], labels: { x: data.words.input, y: data.words.output },
    curves: [{ f, color: COLORS.curve }],
    dots: [{ x: values.x, y, color: "var(--st-primary-color)" }],
    more: (px, py) => `<polyline points="${px(values.x)},${py(0)} ${px(values.x)},${py(y)} ${px(0)},${py(y)}" fill="none" stroke="currentColor" stroke-dasharray="3 3"/>`,
  }));
  say(root, `${data.activation}(${values.x.toFixed(2)}) = ${y.toFixed(3)}`);
}

function showFlatten(root, data, values) {
  const [height, width, channels] = data.shape;
  const place = (values.row * width + values.column) * channels + values.channel; // Keras's Flatten: channels last, always
  const count = height * width * channels;
  const cell = Math.max(3, Math.min(22, Math.floor(180 / Math.max(height, width))));
  let cells = "";
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const on = y === values.row && x === values.column;
    cells += `<rect x="${x * cell}" y="${y * cell}" width="${cell - 1}" height="${cell - 1}" fill="${on ? "var(--st-primary-color)" : COLORS.grey}" opacity="${on ? 1 : 0.35}"/>`;
  }
  const mark = (place / count) * 400;
  drawInto(root, `<svg viewBox="0 0 410 ${height * cell + 50}" width="410" fill="currentColor"><g>${cells}</g><text x="${width * cell + 12}" y="16" font-size="13">${data.words.channel} ${values.channel + 1} / ${channels}</text><rect x="0" y="${height * cell + 20}" width="400" height="14" rx="3" fill="${COLORS.grey}" opacity="0.35"/><rect x="${mark}" y="${height * cell + 16}" width="4" height="22" fill="var(--st-primary-color)"/></svg>`);
  say(root, fillIn(data.words.place, { place: grouped(place + 1), count: grouped(count) }));
}

function bars(data, shares, color = () => COLORS.good, before = () => "") {
  return data.names.map((name, i) => `<div class="bar"><span>${name}</span>${before(i)}<i><u style="width:${shares[i] * 100}%;background:${color(i)}"></u></i><b>${fillIn(data.words.percent, { percent: (shares[i] * 100).toFixed(1) })}</b></div>`).join("");
}

function showSoftmax(root, data, values) {
  const powers = values.z.map(Math.exp);
  const total = powers.reduce((a, b) => a + b, 0);
  drawInto(root, bars(data, powers.map((p) => p / total)));
  say(root, fillIn(data.words.sum, { sum: powers.reduce((a, p) => a + p / total, 0).toFixed(3) }));
}

function showDense(root, data, values) {
  const sum = values.x.reduce((a, x, i) => a + x * values.w[i], values.b);
  const f = FUNCTIONS[data.activation];
  const terms = values.x.map((x, i) => `${x.toFixed(1)}·${inBrackets(values.w[i], 1)}`).join(" + ");
  const line = (i, y) => `<line x1="60" y1="${y}" x2="170" y2="80" stroke="${values.w[i] < 0 ? "#2166ac" : "#b2182b"}" stroke-width="${0.5 + 6 * Math.abs(values.w[i])}" stroke-opacity="0.7"/>`;
  const inputs = values.x.map((x, i) => `${line(i, 30 + 50 * i)}<circle cx="46" cy="${30 + 50 * i}" r="17" fill="${COLORS.grey}" fill-opacity="${0.15 + 0.6 * x}" stroke="currentColor"/><text x="46" y="${34 + 50 * i}" text-anchor="middle">${x.toFixed(1)}</text>`).join("");
  drawInto(root, `<svg viewBox="0 0 320 160" width="320" font-size="12" fill="currentColor">${inputs}<circle cx="186" cy="80" r="21" fill="${COLORS.good}" fill-opacity="0.35" stroke="currentColor"/><text x="186" y="84" text-anchor="middle">${sum.toFixed(2)}</text><text x="216" y="84">→ ${f ? `${data.activation}: ${f(sum).toFixed(2)}` : data.activation}</text></svg>`);
  say(root, f ? `${data.activation}(${terms} + ${inBrackets(values.b, 1)}) = ${data.activation}(${sum.toFixed(2)}) = ${f(sum).toFixed(3)}`
    : `${terms} + ${inBrackets(values.b, 1)} = ${sum.toFixed(2)} → ${data.activation}`); // softmax needs all the other sums too
}

const GRIDS_SHOWN = 9, PIECES_SHOWN = 96;

// One piece with its weights as cells, then as many small ones as there are.
function drawPart(part, value, words) {
  const [grids, side, count] = [value(part.grids), value(part.side), part.count.map(value).reduce((a, b) => a * b, 1)];
  const shown = Math.min(side === 1 ? 60 : GRIDS_SHOWN, grids);
  const cell = side === 1 ? 11 : Math.max(4, Math.min(15, Math.floor(54 / side)));
  const grid = `<span class="grid" style="grid-template-columns:repeat(${side},${cell}px)">${`<i style="height:${cell}px"></i>`.repeat(side * side)}</span>`;
  const rest = grids > shown ? `<em>${fillIn(words.more, { count: grouped(grids - shown) })}</em>` : "";
  const bias = part.bias ? `<span class="grid"><i class="bias" title="${words.bias}"></i></span>` : "";
  const pieces = Math.min(PIECES_SHOWN, count);
  const others = count > pieces ? `<em>${fillIn(words.more, { count: grouped(count - pieces) })}</em>` : "";
  return `<div class="piece"><b>1 ${words[part.name]}</b>${grid.repeat(shown)}${rest}${bias}</div><div class="pieces"><b>× ${grouped(count)}</b>${`<i class="${part.bias ? "biased" : ""}"></i>`.repeat(pieces)}${others}</div>`;
}

function formula(part, value) {
  const inner = [...(value(part.side) > 1 ? [value(part.side), value(part.side)] : []), value(part.grids)].map(grouped).join("·");
  return `${part.bias ? `(${inner} + 1)` : inner}·${part.count.map((c) => grouped(value(c))).join("·")}`;
}

function showParameters(root, data, values) {
  const value = (factor) => (typeof factor === "string" ? values[factor] : factor);
  const amount = (part) => (value(part.grids) * value(part.side) ** 2 + part.bias) * part.count.map(value).reduce((a, b) => a * b, 1);
  drawInto(root, data.parts.map((part) => drawPart(part, value, data.words)).join(""));
  const total = data.parts.reduce((sum, part) => sum + amount(part), 0);
  const own = Object.entries(data.quantities).every(([name, number]) => values[name] === number);
  root.dataset.total = total;
  say(root, `${data.parts.map((part) => formula(part, value)).join(" + ")} = ${grouped(total)}${own ? ` ${data.words.yours}` : ""}`);
}

const NUMBER_DEMOS = {
  activation: (root, data, box) => {
    const values = { x: 1 };
    slider(box, data.words.input, -4, 4, 0.1, 1, (x) => { values.x = x; showActivation(root, data, values); });
    showActivation(root, data, values);
  },
  flatten: (root, data, box) => {
    const values = { row: 0, column: 0, channel: 0 };
    ["row", "column", "channel"].forEach((name, axis) => slider(box, data.words[name], 1, data.shape[axis], 1, 1, (v) => { values[name] = v - 1; showFlatten(root, data, values); }));
    showFlatten(root, data, values);
  },
  softmax: (root, data, box) => {
    const values = { z: data.names.map((_, i) => (i === 3 ? 3 : 0)) };
    data.names.forEach((name, i) => slider(box, name, -4, 4, 0.1, values.z[i], (v) => { values.z[i] = v; showSoftmax(root, data, values); }));
    showSoftmax(root, data, values);
  },
  dense: (root, data, box) => {
    const values = { x: [1, 0.5, 0], w: [0.8, -0.4, 0.3], b: 0.1 };
    for (let i = 0; i < 3; i++) {
      slider(box, `${data.words.input} ${i + 1}`, 0, 1, 0.1, values.x[i], (v) => { values.x[i] = v; showDense(root, data, values); });
      slider(box, `${data.words.weight} ${i + 1}`, -1, 1, 0.1, values.w[i], (v) => { values.w[i] = v; showDense(root, data, values); });
    }
    slider(box, data.words.bias, -1, 1, 0.1, values.b, (v) => { values.b = v; showDense(root, data, values); });
    showDense(root, data, values);
  },
  parameters: (root, data, box) => {
    const values = { ...data.quantities };
    for (const [name, own] of Object.entries(data.quantities)) {
      const most = { kernel_size: Math.max(11, own), depth_multiplier: 16 }[name] || Math.max(64, 2 * own);
      slider(box, data.words[name], 1, most, 1, own, (v) => { values[name] = v; showParameters(root, data, values); }, grouped);
    }
    showParameters(root, data, values);
  },
};
