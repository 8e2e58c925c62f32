// What the small pictures are made of: sliders, choices, and a plot of curves with a dot on each.

const COLORS = { weight: "#d98a3d", bias: "#4a8fc7", good: "#4f9d7c", grey: "#8a8f9c", curve: "#c8a93b", bad: "#d1495b" };

const fillIn = (sentence, values) => Object.entries(values).reduce((s, [name, value]) => s.replaceAll(`{${name}}`, value), sentence);
const inBrackets = (v, digits) => (v < 0 ? `(${v.toFixed(digits)})` : v.toFixed(digits));
const grouped = (n) => n.toLocaleString("en-US");

function slider(box, label, min, max, step, value, oninput, shown = (v) => v) {
  const line = document.createElement("label");
  line.className = "slider";
  line.innerHTML = '<span></span><input type="range"><b></b>';
  const [name, input, said] = line.children;
  name.textContent = label;
  Object.assign(input, { min, max, step, value });
  said.textContent = shown(Number(input.value));
  input.oninput = () => { said.textContent = shown(Number(input.value)); oninput(Number(input.value)); };
  box.appendChild(line);
  return (v) => { input.value = v; said.textContent = shown(Number(input.value)); };
}

// One of a few, as buttons.
function choice(box, label, options, chosen, onchoose) {
  const line = document.createElement("div");
  line.className = "choice";
  line.setAttribute("role", "group");
  line.setAttribute("aria-label", label);
  for (const [value, title] of options) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: title });
    button.setAttribute("aria-pressed", value === chosen);
    button.onclick = () => {
      for (const other of line.children) other.setAttribute("aria-pressed", other === button);
      onchoose(value);
    };
    line.appendChild(button);
  }
  box.appendChild(line);
}

function pushButton(box, title, onclick) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: title, onclick });
  box.appendChild(button);
  return button;
}

// An SVG of curves over one x axis. curves: [{f, color, dash}]; dots: [{x, y, color}]; marks: more SVG in plot units.
function plotCurves({ width = 330, height = 200, x: [x0, x1], y: [y0, y1], curves, dots = [], more = () => "", labels = {} }) {
  const [left, bottom, top, right] = [34, 24, 8, 8];
  const px = (x) => left + ((x - x0) / (x1 - x0)) * (width - left - right);
  const py = (y) => height - bottom - ((Math.max(y0, Math.min(y1, y)) - y0) / (y1 - y0)) * (height - bottom - top);
  const line = ({ f, color, dash = "" }) => {
    const points = Array.from({ length: 201 }, (_, i) => x0 + ((x1 - x0) * i) / 200).map((x) => `${px(x).toFixed(1)},${py(f(x)).toFixed(1)}`);
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dash}"/>`;
  };
  const dot = ({ x, y, color }) => `<circle cx="${px(Math.max(x0, Math.min(x1, x)))}" cy="${py(y)}" r="5.5" fill="${color}" stroke="var(--st-background-color)" stroke-width="1.5"/>`;
  const ticks = [[x0, px(x0), height - 8, "start"], [x1, px(x1), height - 8, "end"]].map(([v, tx, ty, anchor]) => `<text x="${tx}" y="${ty}" text-anchor="${anchor}">${v}</text>`).join("")
    + [[y0, py(y0)], [y1, py(y1) + 8]].map(([v, ty]) => `<text x="${left - 5}" y="${ty}" text-anchor="end">${v}</text>`).join("");
  const axis = py(Math.max(y0, Math.min(y1, 0)));
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-size="11" fill="currentColor"><g stroke="currentColor" stroke-opacity="0.35"><line x1="${left}" x2="${width - right}" y1="${axis}" y2="${axis}"/><line x1="${px(Math.max(x0, Math.min(x1, 0)))}" x2="${px(Math.max(x0, Math.min(x1, 0)))}" y1="${top}" y2="${height - bottom}"/></g><g opacity="0.75">${ticks}<text x="${(left + width) / 2}" y="${height - 8}" text-anchor="middle">${labels.x || ""}</text><text x="${left + 10}" y="${top + 8}">${labels.y || ""}</text></g>${curves.map(line).join("")}${more(px, py)}${dots.map(dot).join("")}</svg>`;
}

const drawInto = (root, html) => { root.querySelector(".drawing").innerHTML = html; };
const say = (root, sentence) => { root.querySelector(".said").textContent = sentence; };
