// The arithmetic of a sliding window, without a page: sizes, sums per channel, and what pooling keeps.
// A plane is rows of numbers; a layer is {op, size, strides, padding, dilation, channels, bias, all}.

function geometry(n, layer) {
  const reach = layer.dilation * (layer.size - 1) + 1;
  if (layer.padding === "valid") return { n, before: 0, total: n, out: Math.floor((n - reach) / layer.strides) + 1, reach };
  const out = Math.ceil(n / layer.strides);
  const pad = Math.max((out - 1) * layer.strides + reach - n, 0);
  return { n, before: Math.floor(pad / 2), total: n + pad, out, reach }; // as TensorFlow does: the odd one comes behind
}

// The numbers under the window at output `place`, with the weights they meet (1 in pooling).
function terms(plane, kernel, layer, g, place) {
  const [row, column] = [Math.floor(place / g.out), place % g.out];
  const list = [];
  for (let i = 0; i < layer.size; i++) {
    for (let j = 0; j < layer.size; j++) {
      const y = row * layer.strides + i * layer.dilation - g.before;
      const x = column * layer.strides + j * layer.dilation - g.before;
      const inside = y >= 0 && x >= 0 && y < g.n && x < g.n;
      list.push({ y, x, inside, value: inside ? plane[y][x] : 0, weight: kernel ? kernel[i][j] : 1 });
    }
  }
  return list;
}

function windowResult(op, list) {
  if (op === "conv") return list.reduce((sum, t) => sum + t.value * t.weight, 0);
  const values = list.filter((t) => t.inside).map((t) => t.value); // pooling looks at real pixels only
  return op === "max" ? Math.max(...values) : values.reduce((sum, v) => sum + v, 0) / values.length;
}

// Every place at once: `partial[channel][place]`, and `outputs`: one list, or one per channel where they stay apart.
function slide(planes, given, chosen) {
  const layer = given.size ? given : { ...given, size: planes[0].length }; // 0: a window over everything
  const g = geometry(planes[0].length, layer);
  const count = Math.max(0, g.out) ** 2;
  const partial = planes.map((plane, c) => Array.from({ length: count }, (_, place) =>
    windowResult(layer.op, terms(plane, chosen.kernels[c], layer, g, place))));
  const bias = layer.bias && layer.channels !== "apart" ? chosen.bias : 0;
  const weight = (c) => (layer.channels === "weighed" ? chosen.weights[c] : 1);
  const outputs = layer.channels === "apart" || layer.op !== "conv"
    ? partial.map((list) => list.map((v) => v + bias))
    : [Array.from({ length: count }, (_, place) => partial.reduce((sum, list, c) => sum + weight(c) * list[place], bias))];
  return { layer, g, count, partial, outputs, limit: Math.max(1e-6, ...outputs.flat().map(Math.abs)) };
}

// What becomes of a pooled plane's pixels: those that are some window's largest, and those that no window sees.
function fate(plane, layer, g, places) {
  const [kept, seen] = [new Set(), new Set()];
  for (let place = 0; place < g.out * g.out; place++) {
    const list = terms(plane, null, layer, g, place).filter((t) => t.inside);
    for (const t of list) seen.add(t.y * g.n + t.x);
    if (layer.op !== "max" || place >= places) continue;
    const largest = list.reduce((best, t) => (t.value > best.value ? t : best));
    if (largest.value > 0) kept.add(largest.y * g.n + largest.x);
  }
  return { kept, unseen: g.n * g.n - seen.size, seen };
}

// A plane on fewer pixels: the mean over the area that each of them covers.
function shrink(plane, side, margin) {
  const n = plane.length - 2 * margin;
  const shares = (i) => { // of the old pixels, in the new one
    const [from, to] = [(i * n) / side, ((i + 1) * n) / side];
    return Array.from({ length: Math.ceil(to) - Math.floor(from) }, (_, j) => [Math.floor(from) + j, Math.min(to, Math.floor(from) + j + 1) - Math.max(from, Math.floor(from) + j)]);
  };
  const area = (n / side) ** 2;
  return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => {
    let sum = 0;
    for (const [row, high] of shares(y)) for (const [column, wide] of shares(x)) sum += plane[margin + row][margin + column] * high * wide;
    return Math.round((sum / area) * 100) / 100;
  }));
}

const fillWords = (sentence, values) => Object.entries(values).reduce((s, [name, value]) => s.replaceAll(`{${name}}`, value), sentence);
const rounded = (v, digits = 2) => String(Number(v.toFixed(digits)));
const shortened = (v) => rounded(v, Math.abs(v) < 10 ? 2 : 1).replace(/^(-?)0\./, "$1.");
const signedTerm = (v, digits = 3) => (v < 0 ? `(${v.toFixed(digits)})` : v.toFixed(digits));

// The sum behind one output, in words. `found` is what `slide` gave, `lists` the terms of each channel.
function explain(data, chosen, found, lists, place) {
  const { layer, channels, words } = data;
  const of = (c) => found.partial[c][place];
  if (layer.op !== "conv") {
    const inside = lists[0].filter((t) => t.inside).map((t) => shortened(t.value));
    const values = [...inside.slice(0, 16), ...(inside.length > 16 ? [`… (${inside.length - 16})`] : [])].join(", ");
    return `${layer.op === "max" ? "max" : "mean"}(${values}) = ${of(0).toFixed(3)}`;
  }
  const bias = layer.bias ? ` + ${words.bias} ${rounded(chosen.bias, 3)}` : "";
  if (layer.channels === "apart" && channels.length > 1) {
    return `${channels.map((ch, c) => `${ch.title} ${found.outputs[c][place].toFixed(3)}`).join(" · ")} ${words.apart}`;
  }
  const total = found.outputs[0][place].toFixed(3);
  if (channels.length > 1 || layer.channels === "weighed") {
    const by = (c) => (layer.channels === "weighed" ? `·${signedTerm(chosen.weights[c], 2)}` : "");
    return `${channels.map((ch, c) => `${ch.title} ${signedTerm(of(c))}${by(c)}`).join(" + ")}${bias} = ${total}`;
  }
  const there = lists[0].filter((t) => t.value * t.weight !== 0);
  const shown = there.slice(0, 9).map((t) => `${rounded(t.value)}·${t.weight < 0 ? `(${rounded(t.weight, 3)})` : rounded(t.weight, 3)}`);
  if (there.length > 9) shown.push(`… (${there.length - 9})`);
  return `${shown.join(" + ") || "0"}${chosen.bias ? bias : ""} = ${total}`;
}

function explainSizes(data, g, unseen) {
  const { layer, words } = data;
  const square = (n) => `${n}×${n}`;
  const values = { input: g.n, reach: g.reach, strides: layer.strides, output: g.out };
  const why = fillWords(layer.padding === "valid" ? words.size_valid : words.size_same, values);
  const said = fillWords(words.sizes, { input: square(g.n), padded: square(g.total), output: square(g.out), why });
  return unseen ? fillWords(words.sentences, { before: said, sentence: fillWords(words.edge, { count: unseen }) }) : said;
}
