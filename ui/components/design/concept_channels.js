// The channel axis: one image as a block of numbers that turns when the axis changes its place. The first axis of the
// array runs into the depth, the second down, the third to the right; index 0 stays in the corner.

const SLABS_AT_MOST = 6, SCALE = 120, PLACES_SHOWN = 18;
const AWAY = [1, 0.35, -0.45]; // (depth, down, right) along which the projection below looks
const project = ([depth, down, right]) => [64 + SCALE * (right + 0.45 * depth), 66 + SCALE * (down - 0.35 * depth)];
const dot3 = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

// (channel, row, column), as channels_first stands; turning by a third about the diagonal makes it channels_last.
function turned([a, b, c], t) {
  const angle = (-2 * Math.PI / 3) * t;
  const [cos, sin, sum] = [Math.cos(angle), Math.sin(angle) / Math.sqrt(3), (a + b + c) / 3];
  const along = sum * (1 - cos);
  return [a * cos + (c - b) * sin + along, b * cos + (a - c) * sin + along, c * cos + (b - a) * sin + along];
}

function channelColor(channel, channels) {
  if (channels === 1) return COLORS.grey;
  if (channels === 3) return ["#d1495b", "#1f9e77", "#2f7fc2"][channel];
  return `hsl(${Math.round((300 * channel) / channels)} 45% 55%)`;
}

function drawBox(from, to, t, color, opacity) {
  const corner = (i) => turned([0, 1, 2].map((axis) => (i >> axis & 1 ? to : from)[axis]), t);
  const faces = [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]].map(([axis, side]) => {
    const normal = turned([0, 1, 2].map((other) => (other === axis ? (side ? 1 : -1) : 0)), t);
    const [u, v] = [0, 1, 2].filter((other) => other !== axis);
    const base = side << axis;
    return { normal, corners: [base, base | 1 << u, base | 1 << u | 1 << v, base | 1 << v] };
  });
  return faces.filter((face) => dot3(face.normal, AWAY) < 0).map((face, i) => `<polygon points="${face.corners.map((c) => project(corner(c)).map((n) => n.toFixed(1)).join(",")).join(" ")}" fill="${color}" fill-opacity="${opacity - 0.12 * (i % 3)}" stroke="currentColor" stroke-opacity="0.55" stroke-width="0.8"/>`).join("");
}

function blockOf(data) {
  const [height, width, channels] = data.shape;
  const slabs = Math.min(SLABS_AT_MOST, channels);
  return { slabs, size: [Math.min(0.84, 0.14 * slabs), height / Math.max(height, width), width / Math.max(height, width)] };
}

function drawBlock(data, at, t) {
  const [height, width, channels] = data.shape;
  const { slabs, size } = blockOf(data);
  const thick = size[0] / slabs;
  const boxes = Array.from({ length: slabs }, (_, i) => ({ from: [i * thick, 0, 0], to: [(i + 0.8) * thick, size[1], size[2]], color: channelColor(Math.floor((i * channels) / slabs), channels) }));
  boxes.sort((a, b) => dot3(turned(b.from, t), AWAY) - dot3(turned(a.from, t), AWAY)); // far ones first
  const low = [size[0] * at.channel / channels, size[1] * at.row / height, size[2] * at.column / width];
  const side = [thick * 0.8, Math.max(0.05, size[1] / height), Math.max(0.05, size[2] / width)];
  const cube = drawBox(low, low.map((v, i) => v + side[i]), t, "var(--st-primary-color)", 1);
  const spots = [[0.5, -0.1, -0.02], [0, 0.5, -0.05], [0, 1.12, 0.5]]; // of the labels: depth, down, right
  const labels = [["channels", channels], ["rows", height], ["columns", width]].map(([name, n], axis) => {
    const [first, last] = [spots[axis], spots[(axis + 2) % 3]];
    const room = (spot, extents) => spot.map((v, i) => (v > 1 ? extents[i] + v - 1 : v < 0 ? v : v * extents[i]));
    const [a, b] = [room(first, size), room(last, [size[1], size[2], size[0]])];
    const [x, y] = project(a.map((v, i) => v + (b[i] - v) * t));
    return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${t < 0.5 ? ["end", "end", "middle"][axis] : ["end", "middle", "end"][(axis + 1) % 3]}">${data.words[name]} ${n}</text>`;
  });
  return `<svg viewBox="-30 0 330 250" width="330" height="250" font-size="12" fill="currentColor">${boxes.map((b) => drawBox(b.from, b.to, t, b.color, 0.9)).join("")}${cube}<g>${labels.join("")}</g></svg>`;
}

// Where a number lies in memory, and whose numbers lie beside it.
function placeOf([height, width, channels], first, { row, column, channel }) {
  return first ? (channel * height + row) * width + column : (row * width + column) * channels + channel;
}

function drawMemory(data, first, place) {
  const [height, width, channels] = data.shape;
  const count = height * width * channels;
  const start = Math.max(0, Math.min(place - Math.floor(PLACES_SHOWN / 2), count - PLACES_SHOWN));
  const cells = Array.from({ length: Math.min(PLACES_SHOWN, count) }, (_, i) => {
    const channel = first ? Math.floor((start + i) / (height * width)) : (start + i) % channels;
    return `<i class="${start + i === place ? "on" : ""}" style="background:${channelColor(channel, channels)}">${channel}</i>`;
  });
  return `<div class="memory"><span>${data.words.in_memory}</span><div>${start ? "… " : ""}${cells.join("")}${start + PLACES_SHOWN < count ? " …" : ""}</div></div>`;
}

function showChannels(root, data, s) {
  const [height, width, channels] = data.shape;
  const place = placeOf(data.shape, s.first, s);
  drawInto(root, drawBlock(data, s, s.t) + drawMemory(data, s.first, place));
  const shape = s.first ? [channels, height, width] : [height, width, channels];
  const index = s.first ? [s.channel, s.row, s.column] : [s.row, s.column, s.channel];
  const value = data.picture ? ` = ${data.picture[s.row][s.column][s.channel]}` : "";
  const beside = channels === 1 ? data.words.one_channel : data.words[s.first ? "beside_first" : "beside_last"];
  say(root, `x.shape = (${shape.join(", ")}) · x[${index.join(", ")}]${value} · ${fillIn(data.words.place, { place: grouped(place + 1), count: grouped(height * width * channels) })}. ${beside}`);
}

const CHANNEL_DEMOS = {
  channels: (root, data, box) => {
    const [height, width] = data.shape;
    const s = { first: data.first, t: data.first ? 0 : 1, row: Math.floor(height / 3), column: Math.floor(width / 2), channel: 0, run: 0 };
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const turn = (first) => {
      s.first = first;
      const [from, to, began, run] = [s.t, first ? 0 : 1, performance.now(), ++s.run];
      const frame = (now) => {
        if (run !== s.run || !root.isConnected) return;
        const share = still ? 1 : Math.min(1, Math.max(0, (now - began) / 900));
        s.t = from + (to - from) * (share * share * (3 - 2 * share));
        showChannels(root, data, s);
        if (share < 1) requestAnimationFrame(frame);
      };
      frame(began);
    };
    choice(box, data.words.turn, [[false, "channels_last"], [true, "channels_first"]], s.first, turn);
    ["row", "column", "channel"].forEach((name, axis) => slider(box, data.words[name], 0, data.shape[axis] - 1, 1, s[name], (v) => { s[name] = v; showChannels(root, data, s); }));
    showChannels(root, data, s);
  },
};
