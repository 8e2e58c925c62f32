// What speaks for a class: each explanation a picture in colours over the faint input, with its legend and a sentence.
// Values come as int16 steps of `step`; colours reach from -limit to +limit. `ink` is the input's darkness, 0 to 255.

const decode = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

function colorAt(colors, place) {
  const at = Math.max(0, Math.min(1, place)) * (colors.length - 1);
  const low = Math.min(Math.floor(at), colors.length - 2);
  const [a, b] = [colors[low], colors[low + 1]];
  return [1, 3, 5].map((i) => {
    const [from, to] = [parseInt(a.slice(i, i + 2), 16), parseInt(b.slice(i, i + 2), 16)];
    return from + (at - low) * (to - from);
  });
}

const format = (value) =>
  value === 0 ? "0" : Math.abs(value) >= 1000 ? value.toFixed(0) : Math.abs(value) < 0.001 ? value.toExponential(1) : value.toPrecision(3);

const FAINT = 0.25; // how much of the input is seen behind the colours

function paint(canvas, card, data, values, ink) {
  const [height, width] = data.shape;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const limit = card.limit / card.step || 1;
  for (let i = 0; i < width * height; i++) {
    const color = colorAt(data.colors, (values[i] / limit + 1) / 2);
    const light = 1 - (FAINT * ink[i]) / 255;
    for (let c = 0; c < 3; c++) image.data[i * 4 + c] = color[c] * light;
    image.data[i * 4 + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

const SHELL =
  '<div class="picture"><canvas role="img"></canvas><img alt=""></div><div class="words"><b></b>' +
  '<span class="legend"><i class="low"></i><span class="ramp"></span><i class="high"></i></span>' +
  '<p class="shows"></p><p class="beware"></p></div>';

function build(root) {
  const section = document.createElement("section");
  section.innerHTML = SHELL;
  root.appendChild(section);
  return section;
}

function placeTip(tip, event, words) {
  tip.textContent = words;
  tip.style.display = "block";
  tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.min(event.clientY + 16, window.innerHeight - tip.offsetHeight - 8)}px`;
}

function fill(section, card, data, ink, tip) {
  const [canvas, picture] = section.querySelector(".picture").children;
  canvas.style.display = card.values ? "" : "none";
  picture.style.display = card.picture ? "" : "none";
  section.querySelector("b").textContent = card.title;
  section.querySelector(".shows").textContent = card.shows;
  section.querySelector(".beware").textContent = card.beware;
  section.querySelector(".legend").style.display = card.values ? "" : "none";
  if (card.picture) {
    if (picture.src !== card.picture) picture.src = card.picture;
    picture.alt = card.title;
    return;
  }
  if (!card.values) return;
  const values = new Int16Array(decode(card.values).buffer);
  paint(canvas, card, data, values, ink);
  canvas.setAttribute("aria-label", `${card.title}. ${card.shows}`);
  const show = (value) => `${format(value * card.factor)} ${card.unit}`;
  section.querySelector(".low").textContent = card.positive ? "0" : show(-card.limit);
  section.querySelector(".high").textContent = show(card.limit);
  const colors = card.positive ? data.colors.slice((data.colors.length - 1) / 2) : data.colors;
  section.querySelector(".ramp").style.background = `linear-gradient(90deg, ${colors.join(",")})`;
  canvas.onpointerleave = () => { tip.style.display = "none"; };
  canvas.onpointermove = canvas.onpointerdown = (event) => {
    const box = canvas.getBoundingClientRect();
    const [height, width] = data.shape;
    const x = Math.max(0, Math.min(width - 1, Math.floor(((event.clientX - box.left) / box.width) * width)));
    const y = Math.max(0, Math.min(height - 1, Math.floor(((event.clientY - box.top) / box.height) * height)));
    const value = show(values[y * width + x] * card.step);
    placeTip(tip, event, `${data.row} ${y + 1}, ${data.column} ${x + 1} · ${value}`);
  };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".why");
  const tip = parentElement.querySelector(".tip");
  if (!root || !data) return;
  const ink = decode(data.ink);
  while (root.children.length > data.cards.length) root.lastChild.remove();
  data.cards.forEach((card, i) => fill(root.children[i] || build(root), card, data, ink, tip));
}
