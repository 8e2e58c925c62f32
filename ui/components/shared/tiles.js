// Maps as tiles side by side on one canvas. Stands after steps.js and before what shows maps.
//
// A map is { steps, shape: [height, width, channels], step, role }: `steps` are whole multiples of `step`. A place is
// { zoom, columns, stepX, stepY } in canvas pixels: each value is a square of `zoom`, each tile begins a step further.

function cornerOf(channel, place) {
  return [(channel % place.columns) * place.stepX, Math.floor(channel / place.columns) * place.stepY];
}

// `limits`: the value of full color, one number for all channels or one for each. Ink reaches from 0 to it, others from
// minus to plus it.
function paintTiles(canvas, map, place, table, limits, edge) {
  const [height, width, channels] = map.shape;
  const { zoom } = place;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let channel = 0; channel < channels; channel++) {
    const limit = (Array.isArray(limits) ? limits[channel] : limits) / map.step || 1;
    const [left, top] = cornerOf(channel, place);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = map.steps[(y * width + x) * channels + channel] / limit;
        const color = table[Math.max(0, Math.min(255, Math.round((map.role === "ink" ? value : (value + 1) / 2) * 255)))];
        for (let row = 0; row < zoom; row++) {
          const start = (top + y * zoom + row) * canvas.width + left + x * zoom;
          pixels.fill(color, start, start + zoom);
        }
      }
    }
  }
  context.putImageData(image, 0, 0);
  context.strokeStyle = edge; // so that a map that is white all over is still seen as one
  for (let channel = 0; channel < channels; channel++) {
    const [left, top] = cornerOf(channel, place);
    context.strokeRect(left + 0.5, top + 0.5, width * zoom - 1, height * zoom - 1);
  }
}

// [row, column, channel] under the pointer, from 0; null beside the tiles.
function cellUnder(event, canvas, [height, width, channels], place) {
  const box = canvas.getBoundingClientRect();
  const px = ((event.clientX - box.left) / box.width) * canvas.width;
  const py = ((event.clientY - box.top) / box.height) * canvas.height;
  const [across, down] = [Math.floor(px / place.stepX), Math.floor(py / place.stepY)];
  const x = Math.floor((px - across * place.stepX) / place.zoom);
  const y = Math.floor((py - down * place.stepY) / place.zoom);
  const channel = down * place.columns + across;
  const isBeside = across < 0 || across >= place.columns || channel < 0 || channel >= channels;
  return isBeside || x < 0 || y < 0 || x >= width || y >= height ? null : [y, x, channel];
}

// Calls `draw` when there is another width to draw in, until the function that it returns is called.
function drawOnResize(root, draw) {
  root.__observer?.disconnect();
  let lastWidth = root.clientWidth;
  root.__observer = new ResizeObserver(() => {
    if (Math.abs(root.clientWidth - lastWidth) > 4) { lastWidth = root.clientWidth; draw(); }
  });
  root.__observer.observe(root);
  return () => root.__observer?.disconnect();
}

