// What training measures and does: a one-hot label against probabilities with loss and accuracy, and one weight's steps.

const RIVAL = 0.6; // share of what is left that the strongest wrong class gets: the argmax is right above 0.375

function probabilities(count, truth, p) {
  const rival = (truth + 1) % count;
  return Array.from({ length: count }, (_, i) => (i === truth ? p : (1 - p) * (i === rival ? RIVAL : (1 - RIVAL) / (count - 2))));
}

const LOSSES = {
  cross_entropy: (shares, truth) => -Math.log(shares[truth]),
  mse: (shares, truth) => shares.reduce((sum, p, i) => sum + (p - (i === truth)) ** 2, 0) / shares.length, // a mean over classes, as Keras has it
};

function showLabel(root, data, s) {
  const count = data.names.length;
  const shares = probabilities(count, s.truth, s.p);
  const [entropy, mse] = ["cross_entropy", "mse"].map((name) => LOSSES[name](shares, s.truth));
  const best = shares.indexOf(Math.max(...shares));
  const right = best === s.truth;
  const f = (p) => LOSSES[s.loss](probabilities(count, s.truth, p), s.truth);
  const accent = "var(--st-primary-color)";
  const digit = (i) => `<em class="${i === s.truth ? "one" : ""}">${i === s.truth ? 1 : 0}</em>`;
  const table = `<div class="labels"><div class="bar head"><span></span><em>${data.words.label}</em><i class="none">${data.words.predicted}</i><b></b></div>${bars(data, shares, (i) => (i === s.truth ? COLORS.good : i === best ? COLORS.bad : COLORS.grey), digit)}</div>`;
  const plots = `<div class="plots">${plotCurves({ width: 280, height: 150, x: [0, 1], y: [0, s.loss === "mse" ? 0.15 : 5], labels: { x: data.words.share, y: `${data.words.loss}: ${s.loss === "mse" ? "mse" : "−log p"}` }, curves: [{ f: (p) => f(Math.max(p, 1e-7)), color: COLORS.curve }], dots: [{ x: s.p, y: f(s.p), color: accent }] })}
${plotCurves({ width: 280, height: 90, x: [0, 1], y: [0, 1], labels: { x: data.words.share, y: data.words.accuracy }, curves: [{ f: (p) => Number(p > RIVAL * (1 - p)), color: COLORS.good }], dots: [{ x: s.p, y: Number(right), color: accent }] })}</div>`;
  drawInto(root, `<div class="beside">${table}${plots}</div>`);
  say(root, `−log(${s.p.toFixed(2)}) = ${entropy.toFixed(3)} · mse = ${mse.toFixed(4)} · ${data.words.accuracy} ${Number(right)}: ${fillIn(data.words[right ? "right" : "wrong"], { best: data.names[best], truth: data.names[s.truth] })}`);
}

// One weight on the loss (w − 1)², whose gradient is 2(w − 1). Rules and constants are those of Keras.
const START = -2;
const lossAt = (w) => (w - 1) ** 2;
const slopeAt = (w) => 2 * (w - 1);
const RULES = {
  SGD: (s, g) => ({ change: -s.rate * g, said: `w − η·g = ${s.w.toFixed(3)} − ${s.rate.toFixed(2)}·${inBrackets(g, 3)}` }),
  momentum: (s, g) => {
    const m = 0.9 * s.m - s.rate * g;
    return { m, change: m, said: `w + 0.9·m − η·g = ${s.w.toFixed(3)} + 0.9·${inBrackets(s.m, 3)} − ${s.rate.toFixed(2)}·${inBrackets(g, 3)}` };
  },
  RMSprop: (s, g) => {
    const v = 0.9 * s.v + 0.1 * g * g;
    return { v, change: (-s.rate * g) / Math.sqrt(v + 1e-7), said: `w − η·g / √v = ${s.w.toFixed(3)} − ${s.rate.toFixed(2)}·${inBrackets(g, 3)} / ${Math.sqrt(v + 1e-7).toFixed(3)}` };
  },
  Adam: (s, g) => {
    const [m, v, n] = [0.9 * s.m + 0.1 * g, 0.999 * s.v + 0.001 * g * g, s.trail.length];
    const [mean, root] = [m / (1 - 0.9 ** n), Math.sqrt(v / (1 - 0.999 ** n))];
    return { m, v, change: (-s.rate * mean) / (root + 1e-7), said: `w − η·m / √v = ${s.w.toFixed(3)} − ${s.rate.toFixed(2)}·${inBrackets(mean, 3)} / ${root.toFixed(3)}` };
  },
};

function showStep(root, data, s) {
  const g = slopeAt(s.w);
  const next = RULES[s.rule](s, g);
  const grey = (px, py) => `<polyline points="${s.trail.map((w) => `${px(Math.max(-3.2, Math.min(5.2, w)))},${py(lossAt(w))}`).join(" ")}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>${s.trail.map((w) => `<circle cx="${px(Math.max(-3.2, Math.min(5.2, w)))}" cy="${py(lossAt(w))}" r="2.5" fill="currentColor" fill-opacity="0.6"/>`).join("")}`;
  const tangent = (px, py) => `${grey(px, py)}<line x1="${px(s.w - 0.7)}" y1="${py(lossAt(s.w) - 0.7 * g)}" x2="${px(s.w + 0.7)}" y2="${py(lossAt(s.w) + 0.7 * g)}" stroke="${COLORS.bad}" stroke-width="2"/>`;
  const there = Math.abs(s.w - 1) < 4.2;
  drawInto(root, plotCurves({ width: 380, height: 230, x: [-3.2, 5.2], y: [0, 17], labels: { x: "w", y: data.words.loss_curve }, curves: [{ f: lossAt, color: COLORS.curve }], dots: there ? [{ x: s.w, y: lossAt(s.w), color: "var(--st-primary-color)" }] : [], more: there ? tangent : grey }));
  const done = fillIn(data.words.steps_done, { count: s.trail.length - 1, loss: lossAt(s.w).toFixed(3) });
  say(root, `${next.said} = ${(s.w + next.change).toFixed(3)} · ${done}${Math.abs(s.w - 1) > 3.1 ? ` ${data.words.away}` : ""}`);
  Object.assign(root.dataset, { w: s.w, steps: s.trail.length - 1 });
  return next;
}

const LEARNING_DEMOS = {
  label: (root, data, box) => {
    const s = { truth: 3 % data.names.length, p: 0.3, loss: data.loss === "mse" ? "mse" : "cross_entropy" };
    const redraw = () => showLabel(root, data, s);
    slider(box, data.words.truth, 0, data.names.length - 1, 1, s.truth, (v) => { s.truth = v; redraw(); }, (v) => data.names[v]);
    slider(box, data.words.probability, 0.01, 0.99, 0.01, s.p, (v) => { s.p = v; redraw(); }, (v) => v.toFixed(2));
    choice(box, data.words.loss, [["cross_entropy", "crossentropy"], ["mse", "mse"]], s.loss, (v) => { s.loss = v; redraw(); });
    redraw();
  },
  step: (root, data, box) => {
    const s = { rule: "SGD", rate: data.optimizer === "SGD" ? Math.max(0.01, Math.min(1.1, data.rate)) : 0.1 };
    const restart = () => { Object.assign(s, { w: START, m: 0, v: 0, trail: [START] }); showStep(root, data, s); };
    restart();
    choice(box, data.words.rule, [["SGD", "SGD"], ["momentum", "momentum 0.9"], ["RMSprop", "RMSprop"], ["Adam", "Adam"]], s.rule, (v) => { s.rule = v; restart(); });
    slider(box, data.words.rate, 0.01, 1.1, 0.01, s.rate, (v) => { s.rate = v; showStep(root, data, s); }, (v) => v.toFixed(2));
    const line = document.createElement("div");
    line.className = "choice";
    box.appendChild(line);
    pushButton(line, data.words.do_step, () => {
      const { change, said, ...memory } = showStep(root, data, s);
      Object.assign(s, memory);
      s.w += change;
      s.trail.push(s.w);
      showStep(root, data, s);
    });
    pushButton(line, data.words.restart, restart);
  },
};
