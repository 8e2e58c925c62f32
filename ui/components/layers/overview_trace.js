// Where a value comes from and where it goes: a box of cells in every layer before and after it.
// A box is {top, bottom, left, right, first, last}: half-open rows, columns and channels. A row of units is 1×1×units.
// The same reckoning as cnn_core/inspection/microscope/trace.py, here so that it follows the pointer.

const boxOf = ([row, column, channel]) => ({ top: row, bottom: row + 1, left: column, right: column + 1, first: channel, last: channel + 1 });

function wholeOf({ shape: [height, width, channels] }) {
  return { top: 0, bottom: height, left: 0, right: width, first: 0, last: channels };
}

function clip(box, layer) {
  const whole = wholeOf(layer);
  const kept = {
    top: Math.max(box.top, 0), bottom: Math.min(box.bottom, whole.bottom),
    left: Math.max(box.left, 0), right: Math.min(box.right, whole.right),
    first: Math.max(box.first, 0), last: Math.min(box.last, whole.last),
  };
  return kept.top < kept.bottom && kept.left < kept.right && kept.first < kept.last ? kept : null;
}

function union(a, b) {
  if (!a || !b) return a || b;
  return {
    top: Math.min(a.top, b.top), bottom: Math.max(a.bottom, b.bottom),
    left: Math.min(a.left, b.left), right: Math.max(a.right, b.right),
    first: Math.min(a.first, b.first), last: Math.max(a.last, b.last),
  };
}

const isOne = (box) => box.bottom - box.top === 1 && box.right - box.left === 1 && box.last - box.first === 1;

// What cells of the layer's input a box of its output is made of.
function sourceBox(box, layer, source) {
  const whole = wholeOf(source);
  if (layer.op === "same") return box;
  if (layer.op === "mean") return { ...whole, first: box.first, last: box.last };
  if (layer.op === "flatten") return isOne(box) ? boxOf(unflatten(box.first, source)) : whole;
  if (layer.op !== "window") return whole;
  const { k, s, d, before: [top, left], multiplier } = layer;
  const reach = (k - 1) * d + 1;
  const own = { first: Math.floor(box.first / multiplier), last: Math.floor((box.last - 1) / multiplier) + 1 };
  return {
    top: box.top * s - top, bottom: (box.bottom - 1) * s - top + reach,
    left: box.left * s - left, right: (box.right - 1) * s - left + reach,
    ...(layer.mixes ? { first: 0, last: whole.last } : own),
  };
}

// What cells of the layer's output a box of its input has a part in.
function targetBox(box, layer, source) {
  const whole = wholeOf(layer);
  if (layer.op === "same") return box;
  if (layer.op === "mean") return { ...whole, first: box.first, last: box.last };
  if (layer.op === "flatten") {
    const first = flatten([box.top, box.left, box.first], source);
    const last = flatten([box.bottom - 1, box.right - 1, box.last - 1], source);
    return { ...whole, first, last: last + 1 }; // of several cells, with others between them
  }
  if (layer.op !== "window") return whole;
  const { k, s, d, before: [top, left], multiplier } = layer;
  const reach = (k - 1) * d;
  return {
    top: Math.ceil((box.top + top - reach) / s), bottom: Math.floor((box.bottom - 1 + top) / s) + 1,
    left: Math.ceil((box.left + left - reach) / s), right: Math.floor((box.right - 1 + left) / s) + 1,
    ...(layer.mixes ? { first: 0, last: whole.last } : { first: box.first * multiplier, last: box.last * multiplier }),
  };
}

function flatten([row, column, channel], { shape: [, width, channels] }) {
  return (row * width + column) * channels + channel;
}

function unflatten(unit, { shape: [, width, channels] }) {
  return [Math.floor(unit / channels / width), Math.floor(unit / channels) % width, unit % channels];
}

// Boxes by layer name for one cell: `back` in the layers it is made of, `on` in those that it feeds.
function traceCell(layers, name, cell) {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const [back, on] = [new Map([[name, boxOf(cell)]]), new Map([[name, boxOf(cell)]])];
  for (const layer of [...layers].reverse()) {
    const box = back.get(layer.name);
    if (!box) continue;
    for (const source of layer.sources) {
      const found = clip(sourceBox(box, layer, byName.get(source)), byName.get(source));
      back.set(source, union(back.get(source), found));
    }
  }
  for (const layer of layers) {
    for (const source of layer.sources) {
      const box = on.get(source);
      const found = box && layer.name !== name && clip(targetBox(box, layer, byName.get(source)), layer);
      if (found) on.set(layer.name, union(on.get(layer.name), found));
    }
  }
  return { back, on };
}
