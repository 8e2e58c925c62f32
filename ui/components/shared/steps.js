// What all components that show values as colors share: values as ui/shared/encoded.py packs them, colors, a number as
// text, and a tip beside the pointer. Stands before them.

function decodeBytes(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function decode(base64) {
  return new Int16Array(decodeBytes(base64).buffer);
}

const stopsOf = (colors) => colors.map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));

// [red, green, blue] at a place from 0 to 1.
function colorAt(stops, place) {
  const at = Math.max(0, Math.min(1, place)) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low].map((value, i) => value + (at - low) * (stops[low + 1][i] - value));
}

function colorTable(colors, size = 256) {
  const stops = stopsOf(colors);
  const bytes = new Uint8ClampedArray(size * 4);
  for (let i = 0; i < size; i++) bytes.set([...colorAt(stops, i / (size - 1)), 255], i * 4);
  return new Uint32Array(bytes.buffer);
}

const format = (value) => (value === 0 ? "0" : Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3));

// Beside the pointer, and inside the window; the tip must be displayed.
function placeTip(tip, event) {
  tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.min(event.clientY + 16, window.innerHeight - tip.offsetHeight - 8)}px`;
}

