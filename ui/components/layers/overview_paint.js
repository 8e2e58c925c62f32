// A layer's channels as tiles of one size, side by side, so that a channel stands below itself in the layer before.

const GAP = 2;

function layOut(layer, available, tile) {
  const [height, width, channels] = layer.shown;
  const isRow = height === 1 && width === 1;
  const side = isRow ? (channels > 200 ? 6 : channels > 48 ? 8 : 14) : tile;
  const zoom = isRow ? side : Math.max(1, Math.floor(side / Math.max(height, width)));
  const step = Math.max(side, Math.max(height, width)) + (isRow ? 1 : GAP);
  const columns = Math.max(1, Math.min(channels, Math.floor((available + GAP) / step)));
  return { zoom, columns, rows: Math.ceil(channels / columns), step, height: height * zoom, width: width * zoom };
}

// `limits` one number for all channels, or one for each.
function paint(canvas, layer, place, table, limits, edge) {
  const [height, width, channels] = layer.shown;
  canvas.width = place.columns * place.step;
  canvas.height = place.rows * place.step;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let channel = 0; channel < channels; channel++) {
    const limit = (Array.isArray(limits) ? limits[channel] : limits) || 1;
    const left = (channel % place.columns) * place.step;
    const top = Math.floor(channel / place.columns) * place.step;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = (layer.steps[(y * width + x) * channels + channel] * layer.step) / limit;
        const color = table[Math.max(0, Math.min(255, Math.round((layer.role === "ink" ? value : (value + 1) / 2) * 255)))];
        for (let row = 0; row < place.zoom; row++) {
          const start = (top + y * place.zoom + row) * canvas.width + left + x * place.zoom;
          pixels.fill(color, start, start + place.zoom);
        }
      }
    }
  }
  context.putImageData(image, 0, 0);
  context.strokeStyle = edge; // so that a map that is white all over is still seen as one
  for (let channel = 0; channel < channels; channel++) {
    const [left, top] = cornerOf(channel, place);
    context.strokeRect(left + 0.5, top + 0.5, place.width - 1, place.height - 1);
  }
}

const cornerOf = (channel, place) => [(channel % place.columns) * place.step, Math.floor(channel / place.columns) * place.step];

// [row, column, channel] under the pointer, channels counted from the layer's first; null beside the tiles.
function cellUnder(event, canvas, layer, place) {
  const frame = canvas.getBoundingClientRect();
  const [height, width, channels] = layer.shown;
  const px = ((event.clientX - frame.left) / frame.width) * canvas.width;
  const py = ((event.clientY - frame.top) / frame.height) * canvas.height;
  const [column, row] = [Math.floor(px / place.step), Math.floor(py / place.step)];
  const x = Math.floor((px - column * place.step) / place.zoom);
  const y = Math.floor((py - row * place.step) / place.zoom);
  const channel = row * place.columns + column;
  if (column >= place.columns || channel < 0 || channel >= channels || x < 0 || y < 0 || x >= width || y >= height) return null;
  return [y, x, layer.first + channel];
}

// Outlines a box in every tile that it reaches into: a dark line with a light one around it, seen on any colour.
// A box that takes in all of the layer has one frame around everything.
function outline(canvas, layer, place, box, color, thick) {
  const context = canvas.getContext("2d");
  const [height, width, channels] = layer.shown;
  const isAll = box.right - box.left === width && box.bottom - box.top === height && box.last - box.first === layer.shape[2];
  if (isAll && layer.shape[2] > 1) {
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.strokeRect(1, 1, canvas.width - 2, canvas.height - 2);
    return;
  }
  for (let channel = Math.max(box.first, layer.first); channel < Math.min(box.last, layer.first + channels); channel++) {
    const [left, top] = cornerOf(channel - layer.first, place);
    const frame = [left + box.left * place.zoom, top + box.top * place.zoom, (box.right - box.left) * place.zoom, (box.bottom - box.top) * place.zoom];
    for (const [line, width] of [["rgba(255,255,255,.85)", thick + 2], [color, thick]]) {
      context.strokeStyle = line;
      context.lineWidth = width;
      context.strokeRect(frame[0] + 0.5, frame[1] + 0.5, Math.max(1, frame[2] - 1), Math.max(1, frame[3] - 1));
    }
  }
}
