// Dropout: which numbers, or which whole channels, are switched off in this step of training.

const UNITS = [0.9, 0.2, 0.6, 0.4, 0.8, 0.1, 0.7, 0.5, 0.3, 1.0, 0.4, 0.6, 0.2, 0.9, 0.5, 0.7, 0.8, 0.3, 0.1, 0.6, 1.0, 0.4, 0.7, 0.5];
const PER_CHANNEL = 4;

const roll = () => UNITS.map(() => Math.random());

function showDropout(root, data, values) {
  const own = (i) => values.lots[data.whole_channels ? Math.floor(i / PER_CHANNEL) : i]; // a channel shares one lot
  const off = UNITS.map((_, i) => values.training && own(i) < values.rate);
  const scale = values.training ? 1 / (1 - values.rate) : 1;
  const out = UNITS.map((unit, i) => (off[i] ? 0 : unit * scale));
  const cell = (i) => {
    const [x, y] = data.whole_channels
      ? [Math.floor(i / PER_CHANNEL) * 62 + (i % 2) * 28, Math.floor((i % PER_CHANNEL) / 2) * 28]
      : [(i % 12) * 31, Math.floor(i / 12) * 31];
    const fill = off[i] ? "none" : COLORS.good;
    const cross = off[i] ? `<path d="M${x + 5},${y + 5} l16,16 m0,-16 l-16,16" stroke="${COLORS.bad}" stroke-width="1.5"/>` : `<text x="${x + 13}" y="${y + 17}" text-anchor="middle">${out[i].toFixed(1)}</text>`;
    return `<rect class="${off[i] ? "off" : "on"}" x="${x}" y="${y}" width="26" height="26" rx="3" fill="${fill}" fill-opacity="${0.1 + 0.3 * Math.min(2, out[i])}" stroke="currentColor" stroke-opacity="0.4"/>${cross}`;
  };
  drawInto(root, `<svg viewBox="0 0 372 60" width="372" font-size="10" fill="currentColor">${UNITS.map((_, i) => cell(i)).join("")}</svg>`);
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0).toFixed(1);
  const figures = { off: off.filter(Boolean).length, count: UNITS.length, rate: values.rate.toFixed(2), scale: scale.toFixed(2), before: sum(UNITS), after: sum(out) };
  say(root, fillIn(values.training ? data.words.dropped : data.words.nothing_dropped, figures));
}

const DROPOUT_DEMOS = {
  dropout: (root, data, box) => {
    const values = { rate: data.rate, training: true, lots: roll() };
    const draw = () => showDropout(root, data, values);
    slider(box, "rate", 0, 0.95, 0.05, data.rate, (v) => { values.rate = v; draw(); }, (v) => v.toFixed(2));
    choice(box, data.words.dropout_when, [[true, data.words.training], [false, data.words.predicting]], true, (v) => { values.training = v; draw(); });
    const line = document.createElement("div");
    line.className = "choice";
    box.appendChild(line);
    pushButton(line, data.words.next_step, () => { values.lots = roll(); draw(); });
    draw();
  },
};
