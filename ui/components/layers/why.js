// What speaks for a class: each explanation a picture in colours over the faint input, with its legend and a sentence.
// Values come as int16 steps of `step`; colours reach from -limit to +limit. `ink` is the input's darkness, 0 to 255.

const FAINT = 0.25; // how much of the input is seen behind the colours

function paint(canvas, card, data, values, ink) {
  const [height, width] = data.shape;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const limit = card.limit / card.step || 1;
  const stops = stopsOf(data.colors);
  for (let i = 0; i < width * height; i++) {
    const color = colorAt(stops, (values[i] / limit + 1) / 2);
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
  const values = decode(card.values);
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
    tip.textContent = `${data.row} ${y + 1}, ${data.column} ${x + 1} · ${value}`;
    tip.style.display = "block";
    placeTip(tip, event);
  };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".why");
  const tip = parentElement.querySelector(".tip");
  if (!root || !data) return;
  const ink = decodeBytes(data.ink);
  while (root.children.length > data.cards.length) root.lastChild.remove();
  data.cards.forEach((card, i) => fill(root.children[i] || build(root), card, data, ink, tip));
}
