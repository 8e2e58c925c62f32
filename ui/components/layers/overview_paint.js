// A layer's channels as tiles of one size, side by side, so that a channel stands below itself in the layer before.

const GAP = 2;

function layOut(layer, available, tile) {
  const [height, width, channels] = layer.shown;
  const isRow = height === 1 && width === 1;
  const side = isRow ? (channels > 200 ? 6 : channels > 48 ? 8 : 14) : tile;
  const zoom = isRow ? side : Math.max(1, Math.floor(side / Math.max(height, width)));
  const step = Math.max(side, Math.max(height, width)) + (isRow ? 1 : GAP);
  const columns = Math.max(1, Math.min(channels, Math.floor((available + GAP) / step)));
  return { zoom, columns, rows: Math.ceil(channels / columns), stepX: step, stepY: step };
}

// [row, column, channel] of the whole layer under the pointer; null beside the tiles.
function pointedCell(event, canvas, layer, place) {
  const cell = cellUnder(event, canvas, layer.shown, place);
  return cell && [cell[0], cell[1], layer.first + cell[2]];
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
