// One small chart for each distortion, a line for each model, and for each model a map of all shifts.
// A chart reads what lies under the pointer, and a click moves the sliders there.

const WIDTH = 200, HEIGHT = 96, LEFT = 26, RIGHT = 6, TOP = 6, BOTTOM = 16, CELL = 14;
const NS = "http://www.w3.org/2000/svg";

function add(parent, kind, attributes, words) {
  const node = document.createElementNS(NS, kind);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (words !== undefined) node.textContent = words;
  parent.append(node);
  return node;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const short = (value) => String(Math.round(value * 100) / 100).replace("-", "−");

function begin(title, note, width, height) {
  const section = document.createElement("section");
  section.innerHTML = "<header><b></b><span></span></header>";
  section.querySelector("b").textContent = title;
  section.querySelector("span").textContent = note;
  const svg = add(section, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  return { section, svg };
}

function drawChart(chart, tip, pick) {
  const { section, svg } = begin(chart.title, short(chart.now), WIDTH, HEIGHT);
  const [low, high] = [chart.values[0], chart.values.at(-1)];
  const x = (value) => LEFT + ((value - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const y = (share) => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
  for (const share of [0, 0.5, 1]) {
    add(svg, "line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(share), y2: y(share) });
    add(svg, "text", { x: LEFT - 3, y: y(share) + 3, "text-anchor": "end" }, `${100 * share}`);
  }
  for (const [value, anchor] of [[low, "start"], [(low + high) / 2, "middle"], [high, "end"]]) {
    add(svg, "text", { x: x(value), y: HEIGHT - 4, "text-anchor": anchor }, short(value));
  }
  add(svg, "line", { class: "now", x1: x(chart.now), x2: x(chart.now), y1: TOP, y2: HEIGHT - BOTTOM });
  const cursor = add(svg, "line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM });
  for (const line of chart.lines) {
    const points = chart.values.map((value, i) => `${x(value).toFixed(1)},${y(line.shares[i]).toFixed(1)}`).join(" ");
    add(svg, "polyline", { class: "line", points, stroke: line.color });
    chart.values.forEach((value, i) => {
      if (!line.right[i]) add(svg, "circle", { cx: x(value), cy: y(line.shares[i]), r: 2.1, fill: line.color });
    });
  }
  svg.setAttribute("aria-label", `${chart.title}: ${chart.lines.map((line) => `${line.name} ${percent(Math.min(...line.shares))} – ${percent(Math.max(...line.shares))}`).join(", ")}`);
  const nearest = (event) => {
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT);
    return Math.max(0, Math.min(chart.values.length - 1, Math.round(share * (chart.values.length - 1))));
  };
  svg.onpointermove = svg.onpointerdown = (event) => {
    const i = nearest(event);
    const place = x(chart.values[i]);
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, place);
    cursor.style.visibility = "visible";
    const says = chart.lines.map((line) => `${line.sign} ${percent(line.shares[i])} → ${line.answers[i]}`);
    tip.show(event, [`${chart.title} ${short(chart.values[i])}`, ...says].join("\n"));
  };
  svg.onpointerleave = () => { cursor.style.visibility = "hidden"; tip.hide(); };
  svg.onclick = (event) => pick({ [chart.name]: chart.values[nearest(event)] });
  return section;
}

function drawMap(map, reach, now, tip, pick) {
  const side = 2 * reach + 1;
  const { section, svg } = begin(map.title, map.name, side * CELL, side * CELL);
  map.shares.forEach((share, i) => {
    const [column, row] = [i % side, Math.floor(i / side)];
    const [left, top] = [column * CELL, row * CELL];
    const cell = add(svg, "rect", { class: "cell", x: left, y: top, width: CELL, height: CELL, fill: map.color, "fill-opacity": share });
    if (!map.right[i]) {
      const words = map.answers[i].length > 2 ? "×" : map.answers[i];
      add(svg, "text", { class: "other", x: left + CELL / 2, y: top + CELL / 2 }, words);
    }
    const [right, down] = [column - reach, row - reach];
    cell.onpointermove = cell.onpointerdown = (event) => tip.show(event, `→ ${short(right)}  ↓ ${short(down)}\n${percent(share)} → ${map.answers[i]}`);
    cell.onclick = () => pick({ shift_x: right, shift_y: down });
  });
  add(svg, "rect", { class: "here", x: (now[0] + reach) * CELL, y: (now[1] + reach) * CELL, width: CELL, height: CELL });
  svg.onpointerleave = tip.hide;
  svg.setAttribute("aria-label", `${map.title} ${map.name}: ${map.right.filter(Boolean).length} / ${map.right.length}`);
  return section;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".robust");
  const bubble = parentElement.querySelector(".tip");
  if (!root || !data) return;
  const tip = {
    show(event, words) {
      bubble.textContent = words;
      bubble.style.display = "block";
      bubble.style.left = `${Math.min(event.clientX + 14, window.innerWidth - bubble.offsetWidth - 8)}px`;
      bubble.style.top = `${Math.min(event.clientY + 16, window.innerHeight - bubble.offsetHeight - 8)}px`;
    },
    hide() { bubble.style.display = "none"; },
  };
  const pick = (values) => setTriggerValue("picked", values);
  root.replaceChildren(
    ...data.charts.map((chart) => drawChart(chart, tip, pick)),
    ...data.maps.map((map) => drawMap(map, data.reach, data.now, tip, pick)),
  );
  return () => tip.hide();
}
