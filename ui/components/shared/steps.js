// Values as ui/shared/encoded.py packs them, their colours, and a number as a person reads it. Stands before what shows maps.

function decode(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new Int16Array(bytes.buffer);
}

function colorTable(colors, size = 256) {
  const stops = colors.map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const bytes = new Uint8ClampedArray(size * 4);
  for (let i = 0; i < size; i++) {
    const place = (i / (size - 1)) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    for (let c = 0; c < 3; c++) bytes[i * 4 + c] = stops[low][c] + (place - low) * (stops[low + 1][c] - stops[low][c]);
    bytes[i * 4 + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

const format = (value) => (value === 0 ? "0" : Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3));

