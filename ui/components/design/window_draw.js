// Draws the two views: inputs with the window on them, each channel's own sum, the outputs so far, and the sum in words.

const GAP = 18;

function cellSizes(root, data, g) {
  const several = data.channels.length > 1;
  const columns = several ? data.channels.length + (data.layer.channels === "apart" ? 0 : 1) : 1;
  const width = root.clientWidth || 700;
  const column = several ? Math.max(150, Math.min(200, (width - GAP * (columns - 1)) / columns)) : Math.min(data.view === "whole" ? 300 : 340, width);
  const most = data.view === "whole" ? 12 : 30;
  const input = Math.max(2, Math.min(most, Math.floor(column / g.total)));
  return { input, output: several ? input : Math.max(2, Math.min(most, Math.floor(Math.min(width, 300) / g.out))) };
}

function draw(root, data, s) {
  const { channels, words } = data;
  const planes = data.view === "whole" ? s.pictures : s.pixels;
  const found = s.found;
  const { layer, g, count, outputs } = found;
  s.at = Math.max(0, Math.min(s.at, count - 1));
  const lists = planes.map((plane, c) => terms(plane, s.kernels[c], layer, g, s.at));
  const touched = new Set(lists[0].map((t) => t.y * g.total + t.x + g.before * (g.total + 1)));
  const theme = themeOf(root);
  const cells = cellSizes(root, data, g);
  const done = data.view === "whole" ? count : s.at + 1;
  const { kept, seen, unseen } = fate(planes[0], layer, g, done);
  const inputLimit = Math.max(1e-6, ...planes.flat(2).map(Math.abs));

  root.querySelectorAll(".channel").forEach((box, c) => {
    paintGrid(box.querySelector(".input"), g.total, cells.input, theme, {
      colorAt: (y, x) => {
        const [iy, ix] = [y - g.before, x - g.before];
        return iy >= 0 && ix >= 0 && iy < g.n && ix < g.n ? cellColor(channels[c].role, planes[c][iy][ix], inputLimit, s.signed) : null;
      },
      numberAt: (y, x) => shortened(planes[c][y - g.before]?.[x - g.before] ?? 0),
      markAt: (y, x) => (touched.has(y * g.total + x) ? "on" : kept.has((y - g.before) * g.n + x - g.before) && y >= g.before && x >= g.before ? "kept" : ""),
    });
    const partial = box.querySelector(".partial");
    partial.hidden = layer.op !== "conv" || channels.length === 1;
    partial.textContent = `${channels[c].title} ${found.partial[c][s.at].toFixed(3)}`;
    const own = box.querySelector(".own");
    own.hidden = outputs.length === 1;
    if (outputs.length > 1) paintOutput(own, outputs[c], found, cells.output, theme, s, done, layer);
  });
  const result = root.querySelector(".result");
  result.hidden = outputs.length > 1;
  if (outputs.length === 1) paintOutput(result.querySelector(".output"), outputs[0], found, cells.output, theme, s, done, layer);
  root.querySelector(".sum").textContent = explain(data, s, found, lists, s.at);
  const lines = [explainSizes(data, g, seen.size ? unseen : 0)];
  if (layer.op === "max") lines.push(fillWords(words.kept, { all: g.n * g.n, count }));
  if (channels[0].role === "signed") lines.push(fillWords(words.some, { shown: channels.length, all: layer.all }));
  root.querySelector(".sizes").textContent = lines.join(" ");
  Object.assign(root.dataset, { at: s.at, value: outputs.map((list) => list[s.at]).join(" "), view: data.view });
}

function paintOutput(canvas, values, found, cell, theme, s, done, layer) {
  const role = layer.op === "conv" ? "signed" : s.role;
  paintGrid(canvas, found.g.out, cell, theme, {
    colorAt: (y, x) => (y * found.g.out + x < done ? cellColor(role, values[y * found.g.out + x], found.limit, s.signed) : null),
    numberAt: (y, x) => (y * found.g.out + x < done ? shortened(values[y * found.g.out + x]) : ""),
    markAt: (y, x) => (y * found.g.out + x === s.at ? "on" : ""),
  });
}

// The whole picture before and after, beside the numbers.
function paintSmall(root, data, s) {
  const [small, theme] = [root.querySelector(".small"), themeOf(root)];
  const [before, after] = small.querySelectorAll("canvas");
  const alone = data.view === "whole" && data.channels.length === 1;
  small.hidden = alone || s.whole.count < 1;
  if (small.hidden) return;
  const n = s.pictures[0].length;
  const cell = Math.max(1, Math.round(84 / n));
  before.hidden = small.querySelector("span").hidden = data.channels[0].role === "signed"; // no picture of its own
  if (!before.hidden) paintGrid(before, n, cell, theme, { colorAt: compositeColor(data.channels, s.pictures) });
  const { outputs, limit, g } = s.whole;
  const role = data.layer.op === "conv" ? "signed" : s.role;
  paintGrid(after, g.out, Math.max(1, Math.round(84 / g.out)), theme, { colorAt: (y, x) => cellColor(role, outputs[0][y * g.out + x], limit, s.signed) });
}
