// Planes of numbers as pictures on canvases, each cell coloured by its channel's role.

const SHOW_NUMBERS_FROM = 18; // pixels a cell needs to have its number written into it
const HUES = { red: [1, 0, 0], green: [0, 1, 0], blue: [0.15, 0.35, 1] };

function hexToRgb(hex) { return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)); }

// Value → [r, g, b]: ink goes from white to black, light from black to its colour, signed is zero-centred.
function cellColor(role, value, limit, signed) {
  if (role === "signed") {
    const place = (Math.max(-1, Math.min(1, value / limit)) + 1) / 2 * (signed.length - 1);
    const low = Math.min(signed.length - 2, Math.floor(place));
    return signed[low].map((c, i) => Math.round(c + (signed[low + 1][i] - c) * (place - low)));
  }
  const share = Math.max(0, Math.min(1, value));
  if (role === "ink") return [1, 1, 1].map(() => Math.round(255 * (1 - share)));
  return (HUES[role] || [1, 1, 1]).map((c) => Math.round(255 * c * share));
}

const isDark = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b < 140;

function themeOf(root) {
  const css = getComputedStyle(root);
  const of = (name) => css.getPropertyValue(`--st-${name}`).trim();
  return { accent: of("primary-color"), edge: of("border-color"), blank: of("secondary-background-color"), text: of("text-color") };
}

// `colorAt(y, x)` gives [r, g, b] or null for a blank cell, `numberAt` what is written into it, `markAt` "on", "kept" or "".
function paintGrid(canvas, side, cell, theme, { colorAt, numberAt, markAt }) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = side * cell * ratio;
  canvas.style.width = canvas.style.height = `${side * cell}px`;
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  Object.assign(c, { textAlign: "center", textBaseline: "middle", font: `${Math.min(11, cell * 0.42)}px sans-serif` });
  const marked = [];
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
    const color = colorAt(y, x);
    c.fillStyle = color ? `rgb(${color.join(",")})` : theme.blank;
    c.fillRect(x * cell, y * cell, cell, cell);
    if (cell >= 8) { c.strokeStyle = theme.edge; c.lineWidth = 0.5; c.strokeRect(x * cell + 0.5, y * cell + 0.5, cell - 1, cell - 1); }
    if (cell >= SHOW_NUMBERS_FROM && numberAt && (color || numberAt(y, x))) {
      c.fillStyle = color ? (isDark(color) ? "#fff" : "#333") : theme.text;
      c.fillText(numberAt(y, x), (x + 0.5) * cell, (y + 0.5) * cell);
    }
    const mark = markAt ? markAt(y, x) : "";
    if (mark) marked.push([y, x, mark]);
  }
  for (const [y, x, mark] of marked) { // last, so that no neighbour covers them
    if (mark === "kept") {
      c.fillStyle = theme.accent;
      const corner = Math.max(2, cell * 0.3);
      c.beginPath(); c.moveTo(x * cell, y * cell); c.lineTo(x * cell + corner, y * cell); c.lineTo(x * cell, y * cell + corner); c.fill();
    } else {
      const lines = cell >= 8 ? [["#fff", 4], [theme.accent, 2]] : [[isDark(colorAt(y, x) || [255, 255, 255]) ? "#fff" : theme.accent, 1]];
      for (const [color, width] of lines) { // white around it: seen on any colour
        Object.assign(c, { strokeStyle: color, lineWidth: width });
        c.strokeRect(x * cell + 1, y * cell + 1, cell - 2, cell - 2);
      }
    }
  }
  if (cell < 8) { c.strokeStyle = theme.edge; c.lineWidth = 1; c.strokeRect(0.5, 0.5, side * cell - 1, side * cell - 1); }
}

// The input as people see it: the three colours together, or the one channel there is.
function compositeColor(channels, planes) {
  if (channels.length === 3 && channels[0].role === "red") {
    return (y, x) => planes.map((plane) => Math.round(255 * Math.max(0, Math.min(1, plane[y][x]))));
  }
  return (y, x) => cellColor(channels[0].role, planes[0][y][x]);
}
