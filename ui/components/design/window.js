// A sliding window on real pixels. Two views of one thing: "window" moves over few pixels with their numbers, "whole"
// filters the whole picture, which can be drawn on. Kernels, weights and bias are the reader's and outlast both.

const state = new WeakMap();

function startState(data, s) {
  const kernel = data.kernels.find((k) => k.name === data.first);
  const signature = JSON.stringify([data.layer.op, data.layer.size, data.channels.map((ch) => ch.title)]);
  if (s.signature !== signature) {
    Object.assign(s, { signature, at: 0, bias: 0, names: data.channels.map(() => data.first), weights: data.channels.map(() => 1) });
    s.kernels = data.channels.map(() => (kernel ? copy(kernel.values) : null));
    s.built = null;
  }
  const source = JSON.stringify(data.channels.map((ch) => ch.picture));
  if (s.source !== source) { // another drawing; the reader's own strokes on the former one go with it
    Object.assign(s, { source, drawn: false });
    s.pictures = data.channels.map((ch) => copy(ch.picture));
  }
}

const strongest = (values) => values.reduce((best, v, i) => (Math.abs(v) > Math.abs(values[best]) ? i : best), 0);

function cellAt(event, canvas, side) {
  const box = canvas.getBoundingClientRect();
  return [event.clientY - box.top, event.clientX - box.left].map((v) => Math.max(0, Math.min(side - 1, Math.floor((v / box.width) * side))));
}

// In the whole view a pointer on the output chooses a place, and one on an input draws.
function watchPointer(root, data, s, changed) {
  const whole = data.view === "whole";
  for (const canvas of root.querySelectorAll(".output, .own")) {
    canvas.onpointermove = canvas.onpointerdown = whole ? (event) => {
      const [y, x] = cellAt(event, canvas, s.found.g.out);
      s.at = y * s.found.g.out + x;
      draw(root, data, s);
    } : null;
  }
  root.querySelectorAll(".channel .input").forEach((canvas, c) => {
    const drawable = whole && data.channels[c].role !== "signed";
    canvas.style.cursor = drawable ? "crosshair" : "";
    canvas.style.touchAction = drawable ? "none" : "";
    canvas.onpointermove = canvas.onpointerdown = drawable ? (event) => {
      if (!event.buttons) return;
      s.drawn = true;
      const { total, before, n } = s.found.g;
      const [y, x] = cellAt(event, canvas, total).map((v) => v - before);
      for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) {
        const ink = [1, 0.6, 0.25][Math.abs(dy) + Math.abs(dx)];
        if (y + dy >= 0 && x + dx >= 0 && y + dy < n && x + dx < n) s.pictures[c][y + dy][x + dx] = Math.max(s.pictures[c][y + dy][x + dx], ink);
      }
      changed();
    } : null;
  });
}

function wireButtons(root, data, s, redraw, changed) {
  const { words } = data;
  const whole = data.view === "whole";
  root.querySelector(".steps").hidden = whole;
  root.querySelector(".pens").hidden = !whole || data.channels[0].role === "signed";
  const [play, back, step, end] = root.querySelectorAll(".steps button");
  const label = () => { play.textContent = s.playing ? words.pause : words.play; };
  const move = (at) => { s.playing = false; s.at = at; label(); redraw(); };
  [back, step, end].forEach((button, i) => { button.textContent = [words.back, words.step, words.end][i]; });
  play.onclick = () => { s.playing = !s.playing; label(); };
  back.onclick = () => move(s.at - 1);
  step.onclick = () => move(s.at + 1);
  end.onclick = () => move(Infinity);
  const speed = root.querySelector(".steps input");
  root.querySelector(".speed").textContent = words.speed;
  speed.setAttribute("aria-label", words.speed);
  speed.value = s.speed;
  speed.oninput = () => { s.speed = Number(speed.value); };
  const [clear, reset] = root.querySelectorAll(".pens button");
  [clear.textContent, reset.textContent] = [words.clear, words.reset];
  clear.onclick = () => { s.drawn = true; s.pictures = s.pictures.map((plane) => plane.map((row) => row.map(() => 0))); changed(); };
  reset.onclick = () => { s.drawn = false; s.pictures = data.channels.map((ch) => copy(ch.picture)); changed(); };
  label();
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".window");
  if (!root || !data) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const s = state.get(root) || { at: 0, playing: !still, speed: 6 };
  state.set(root, s);
  cancelAnimationFrame(s.frame);
  clearTimeout(s.due);
  const work = () => show(root, data, s);
  // What a knob changes above is painted first: this picture stands below it and can follow a frame later.
  if (s.built) s.frame = requestAnimationFrame(() => { s.due = setTimeout(work); });
  else work();
  return () => {
    cancelAnimationFrame(s.frame);
    for (const timer of [s.due, s.timer]) clearTimeout(timer);
    s.observer?.disconnect();
  };
}

function show(root, data, s) {
  startState(data, s);
  Object.assign(s, { signed: data.signed.map(hexToRgb), role: data.channels[0].role });
  const redraw = () => draw(root, data, s);
  const moved = s.view !== data.view;
  s.view = data.view;
  const changed = () => {
    s.pixels = data.channels.map((ch, c) => (s.drawn ? shrink(s.pictures[c], ch.pixels.length, ch.margin) : ch.pixels));
    s.whole = slide(s.pictures, data.layer, s);
    s.found = data.view === "whole" ? s.whole : slide(s.pixels, data.layer, s);
    redraw();
    paintSmall(root, data, s);
  };
  s.changed = changed;
  const shape = JSON.stringify([s.signature, data.layer, data.words]);
  if (s.built !== shape) {
    s.built = shape;
    root.querySelector(".channels").replaceChildren();
    root.classList.toggle("several", data.channels.length > 1);
    const latest = () => s.changed(); // fields outlast the data that they were built with
    data.channels.forEach((_, c) => buildChannel(root, data, s, c, latest));
    buildBias(root, data, s, latest);
    describeCanvas(root.querySelector(".output"), data.words.output);
  }
  wireButtons(root, data, s, redraw, changed);
  watchPointer(root, data, s, changed);
  changed();
  if (moved) { // whole: begin where there is something to see
    s.at = data.view === "whole" ? strongest(s.found.outputs[0]) : 0;
    redraw();
  }
  clearTimeout(s.timer);
  s.observer?.disconnect();
  let width = root.clientWidth;
  s.observer = new ResizeObserver(() => { if (Math.abs(root.clientWidth - width) > 4) { width = root.clientWidth; redraw(); } });
  s.observer.observe(root);
  const tick = () => {
    if (s.playing && root.isConnected && data.view === "window") {
      s.at = s.at + 1 >= s.found.count ? 0 : s.at + 1;
      redraw();
    }
    s.timer = setTimeout(tick, 1000 / s.speed);
  };
  s.timer = setTimeout(tick, 600);
}
