// The arithmetic behind one value, step by step, with numbers that add up as they are printed.

const LARGEST = 3; // of a convolution's channels, before "show all"

const exact = (value) => {
  if (value === null) return "NaN";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e7 ? String(Number(value.toPrecision(8))) : value.toExponential(5);
};
const brief = (value) => (value === null ? "NaN" : value === 0 ? "0" : Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) < 0.001 ? value.toExponential(0) : String(Number(value.toPrecision(3))));
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const place = (cell) => (cell.length === 3 ? `(${cell[0] + 1}, ${cell[1] + 1}, ${cell[2] + 1})` : `(${cell[0] + 1})`);

function node(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

function colorOf(colors, value, limit) {
  const share = Math.max(0, Math.min(1, (value / (limit || 1) + 1) / 2)) * (colors.length - 1);
  const low = Math.min(Math.floor(share), colors.length - 2);
  const [a, b] = [colors[low], colors[low + 1]].map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const mixed = a.map((channel, i) => Math.round(channel + (share - low) * (b[i] - channel)));
  return { background: `rgb(${mixed.join(",")})`, light: mixed[0] * 0.3 + mixed[1] * 0.59 + mixed[2] * 0.11 < 120 };
}

// `rows` of numbers; `inside` says which are zeros put around the map; `winner` is [row, column] within the grid.
function grid(rows, colors, inside, winner) {
  const table = node("table", rows.length > 7 ? "grid small" : "grid");
  const limit = Math.max(...rows.flat().map((v) => Math.abs(v ?? 0)));
  rows.forEach((row, y) => {
    const line = table.insertRow();
    row.forEach((value, x) => {
      const cell = line.insertCell();
      cell.textContent = brief(value);
      cell.title = exact(value);
      if (inside && !inside[y][x]) { cell.className = "outside"; return; }
      const { background, light } = colorOf(colors, value ?? 0, limit);
      cell.style.background = background;
      cell.classList.toggle("light", light);
      if (winner && winner[0] === y && winner[1] === x) cell.classList.add("winner");
    });
  });
  return table;
}

function list(rows, head) {
  const table = node("table", "list");
  if (head) {
    const line = table.createTHead().insertRow();
    for (const word of head) line.append(node("th", "", word));
  }
  const body = table.createTBody();
  for (const { cells, best, share } of rows) {
    const line = body.insertRow();
    if (best) line.className = "best";
    if (share !== undefined) line.dataset.value = share;
    for (const cell of cells) line.insertCell().textContent = cell;
  }
  return table;
}

const result = (words) => node("div", "result", words);

function windowPart(window, data) {
  const part = node("div", "part");
  part.dataset.partial = exact(window.partial);
  part.append(node("span", "whose", fill(data.words.window, { source: window.source, channel: window.channel + 1, rows: span(window.rows), columns: span(window.columns) })));
  part.append(grid(window.values, data.colors, window.inside), node("span", "", "×"), grid(window.kernel, data.colors));
  part.append(node("span", "", `= ${exact(window.partial)}`));
  return part;
}

const span = (places) => (places.length === 1 ? `${places[0] + 1}` : `${places[0] + 1}–${places[places.length - 1] + 1}`);

const SHOW = {
  windows(stage, data, root) {
    const sorted = [...stage.windows].sort((a, b) => Math.abs(b.partial) - Math.abs(a.partial));
    const box = node("div", "");
    const count = root.__all ? sorted.length : Math.min(LARGEST, sorted.length);
    for (const window of sorted.slice(0, count)) box.append(windowPart(window, data));
    if (count < sorted.length) {
      const rest = sorted.slice(count).reduce((sum, window) => sum + window.partial, 0);
      const line = node("div", "part rest", fill(data.words.rest, { count: sorted.length - count, sum: exact(rest) }));
      line.dataset.partial = exact(rest);
      const button = node("button", "all", fill(data.words.show_all, { count: sorted.length }));
      button.type = "button";
      button.onclick = () => { root.__all = true; render(root, data); };
      box.append(line, button);
    }
    if (stage.value !== null && sorted.length > 1) box.append(result(`Σ = ${exact(stage.value)}`));
    return box;
  },
  bias: (stage, data) => result(`+ ${fill(data.words.bias, { bias: exact(stage.bias) })} = ${exact(stage.value)}`),
  activation: (stage) => result(`${stage.name}(${exact(stage.before)}) = ${exact(stage.value)}`),
  normalize(stage) {
    return result(`${exact(stage.gamma)} · (${exact(stage.before)} − ${exact(stage.mean)}) / √(${exact(stage.variance)} + ${exact(stage.epsilon)}) + ${exact(stage.beta)} = ${exact(stage.value)}`);
  },
  maximum(stage, data) {
    const { window, winner } = stage;
    const inGrid = [window.rows.indexOf(winner[0]), window.columns.indexOf(winner[1])];
    const box = node("div", "part");
    box.append(node("span", "whose", fill(data.words.window, { source: window.source, channel: window.channel + 1, rows: span(window.rows), columns: span(window.columns) })));
    box.append(grid(window.values, data.colors, window.inside, inGrid), node("span", "", `max = ${exact(stage.value)}`));
    return box;
  },
  mean(stage, data) {
    const { window } = stage;
    const box = node("div", "part");
    box.append(node("span", "whose", fill(data.words.window, { source: window.source, channel: window.channel + 1, rows: span(window.rows), columns: span(window.columns) })));
    box.append(grid(window.values, data.colors, window.inside), node("span", "", `${exact(stage.total)} / ${stage.count} = ${exact(stage.value)}`));
    return box;
  },
  terms(stage, data) {
    const rows = stage.terms.map((term) => ({
      cells: [`${term.origin} ${place(term.cell)}`, exact(term.value), exact(term.weight), exact(term.product)], share: exact(term.product),
    }));
    if (stage.rest_count) rows.push({ cells: [fill(data.words.others, { count: stage.rest_count }), "", "", exact(stage.rest_sum)], share: exact(stage.rest_sum) });
    const box = node("div", "");
    box.append(list(rows, [data.words.from, data.words.value, data.words.weight, data.words.product]), result(`Σ = ${exact(stage.value)}`));
    return box;
  },
  softmax(stage, data) {
    const named = stage.cells.length === data.names.length;
    const rows = stage.logits.map((logit, i) => ({
      cells: [named ? data.names[i] : place(stage.cells[i]), exact(logit), exact(stage.powers[i]), fill(data.words.percent, { percent: ((100 * stage.powers[i]) / stage.total).toFixed(3) })],
      best: i === stage.index,
      share: exact(stage.powers[i]),
    }));
    const box = node("div", "");
    box.append(list(rows, [data.words.unit, "z", "exp(z − max)", data.words.share]), result(`${exact(stage.powers[stage.index])} / ${exact(stage.total)} = ${exact(stage.value)}`));
    return box;
  },
  sum(stage) {
    return result(`${stage.summands.map((s) => `${s.source} ${exact(s.value)}`).join(" + ")} = ${exact(stage.value)}`);
  },
  same: (stage, data) => result(stage.source === null ? fill(data.words.given, { value: exact(stage.value) }) : fill(data.words.copied, { source: stage.source, cell: place(stage.cell), value: exact(stage.value) })),
};

function render(root, data) {
  const told = data.explanation;
  root.replaceChildren(node("h4", "", data.title));
  for (const stage of told.stages) {
    const step = node("div", `stage ${stage.kind}`);
    step.dataset.value = exact(stage.value);
    step.append(node("h5", "", data.words.stages[stage.kind]), SHOW[stage.kind](stage, data, root));
    root.append(step);
  }
  const check = node("div", told.agrees ? "check" : "check wrong");
  check.dataset.computed = exact(told.computed);
  check.dataset.model = exact(told.value);
  check.textContent = fill(told.agrees ? data.words.agrees : data.words.differs, { computed: exact(told.computed), model: exact(told.value), gap: (told.computed ?? 0) - (told.value ?? 0) === 0 ? "0" : ((told.computed ?? 0) - (told.value ?? 0)).toExponential(1) });
  root.append(check);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".microscope");
  if (!root || !data) return;
  const isOther = root.__cell !== data.title;
  if (isOther) root.__all = false;
  render(root, data);
  if (isOther && root.__cell && window.innerWidth < 800) root.scrollIntoView({ behavior: "smooth", block: "nearest" });
  root.__cell = data.title;
}
