// Test images as points of a plane: the image under the pointer is shown, a click or Enter opens it, arrow keys walk
// from point to point, a legend's button brings one class forward. `data.points` are float32 pairs, 0 to 1, y upwards.

const SIGNS = ["●", "■", "▲", "◆", "▼"]; // with the colours, so that classes differ without them too
const EDGE = 18;
const REACH = 16; // screen pixels around a point in which the pointer finds it

const decode = (base64) => new Float32Array(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);

function trace(context, sign, x, y, r) {
  context.beginPath();
  if (sign === 0) context.arc(x, y, r, 0, 2 * Math.PI);
  else if (sign === 1) context.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
  else {
    const corners = { 2: [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]], 3: [[0, -1.25], [1.1, 0], [0, 1.25], [-1.1, 0]], 4: [[0, 1.2], [1.1, -0.8], [-1.1, -0.8]] };
    corners[sign].forEach(([dx, dy], i) => context[i ? "lineTo" : "moveTo"](x + dx * r, y + dy * r));
    context.closePath();
  }
}

class Scatter {
  constructor(host) {
    this.host = host;
    this.root = host.querySelector(".scatter");
    this.canvas = this.root.querySelector("canvas.points");
    this.bubble = this.root.querySelector(".bubble");
    this.sprite = new Image();
    this.own = new Image();
    this.sprite.onload = () => { this.fillNear(); this.showBubble(); };
    this.own.onload = () => this.draw();
    this.focused = -1;
    this.highlighted = -1;
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  update(data, pick) {
    this.data = data;
    this.pick = (place) => pick(data.indices[place]);
    this.xy = decode(data.points);
    if (this.focused >= data.indices.length) this.focused = -1;
    if (this.sprite.src !== data.sprite.source) this.sprite.src = data.sprite.source;
    if (this.own.src !== data.own.picture) this.own.src = data.own.picture;
    this.canvas.setAttribute("aria-label", data.words.label);
    this.root.querySelector(".marks").textContent = data.words.marks;
    this.root.querySelector(".title").textContent = data.words.near;
    this.fillLegend();
    this.fillNear();
    this.draw();
    this.showBubble();
  }

  place(x, y) {
    return [EDGE + x * (this.width - 2 * EDGE), this.height - EDGE - y * (this.height - 2 * EDGE)];
  }

  point(i) {
    return this.place(this.xy[2 * i], this.xy[2 * i + 1]);
  }

  draw() {
    if (!this.data) return;
    this.width = this.root.clientWidth || 600;
    this.height = Math.round(Math.max(300, Math.min(560, this.width * 0.62)));
    const ratio = window.devicePixelRatio || 1;
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(this.root);
    this.ink = style.getPropertyValue("--st-text-color").trim() || "#333";
    this.paper = style.getPropertyValue("--st-background-color").trim() || "#fff";
    const { labels, predicted } = this.data;
    // Rings draw the eye to a few mistakes; around every other point they would hide the map.
    const few = labels.filter((label, i) => label !== predicted[i]).length < 0.1 * labels.length;
    const radius = labels.length > 1500 ? 3 : 4;
    for (let i = 0; i < labels.length; i++) {
      const dim = this.highlighted >= 0 && labels[i] !== this.highlighted;
      context.globalAlpha = dim ? 0.1 : 0.85;
      const [x, y] = this.point(i);
      trace(context, labels[i] % SIGNS.length, x, y, radius);
      context.fillStyle = this.data.colors[labels[i] % this.data.colors.length];
      context.fill();
      if (predicted[i] !== labels[i]) {
        context.strokeStyle = this.ink;
        context.lineWidth = few ? 1.6 : 1;
        trace(context, few ? 0 : labels[i] % SIGNS.length, x, y, few ? radius + 3 : radius);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
    this.drawOwn(context);
    if (this.focused >= 0) this.ring(context, ...this.point(this.focused), 9);
  }

  ring(context, x, y, r) {
    for (const [color, width] of [[this.paper, 5], [this.ink, 2.4]]) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, r, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  drawOwn(context) {
    const [x, y] = this.place(...this.data.own.place);
    const size = 38;
    const left = x + 16 + size > this.width - 4 ? x - 16 - size : x + 16;
    const top = Math.max(4, Math.min(this.height - size - 4, y - 16 - size > 4 ? y - 16 - size : y + 16));
    const accent = getComputedStyle(this.root).getPropertyValue("--st-primary-color").trim() || "#4f46e5";
    context.strokeStyle = accent;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(left + size / 2, top + size / 2);
    context.stroke();
    this.ring(context, x, y, 7);
    context.fillStyle = accent;
    context.fillRect(left - 3, top - 3, size + 6, size + 6);
    context.imageSmoothingEnabled = false;
    if (this.own.complete && this.own.naturalWidth) context.drawImage(this.own, left, top, size, size);
  }

  nearest(px, py, reach) {
    let [best, found] = [reach * reach, -1];
    for (let i = 0; i < this.data.indices.length; i++) {
      if (this.highlighted >= 0 && this.data.labels[i] !== this.highlighted) continue;
      const [x, y] = this.point(i);
      const distance = (x - px) ** 2 + (y - py) ** 2;
      if (distance < best) [best, found] = [distance, i];
    }
    return found;
  }

  // The closest point in a quarter of the plane: what an arrow key goes to.
  toward(dx, dy) {
    if (this.focused < 0) return this.nearest(...this.place(...this.data.own.place), Infinity);
    const [x0, y0] = this.point(this.focused);
    let [best, found] = [Infinity, this.focused];
    for (let i = 0; i < this.data.indices.length; i++) {
      if (this.highlighted >= 0 && this.data.labels[i] !== this.highlighted) continue;
      const [x, y] = this.point(i);
      const [along, across] = [(x - x0) * dx + (y - y0) * dy, Math.abs((x - x0) * dy) + Math.abs((y - y0) * dx)];
      if (along <= 0.01 || across > along) continue;
      const distance = along * along + across * across;
      if (distance < best) [best, found] = [distance, i];
    }
    return found;
  }

  focus(i, say = false) {
    if (i === this.focused) return;
    this.focused = i;
    this.draw();
    this.showBubble();
    if (say && i >= 0) this.root.querySelector(".said").textContent = this.data.says[i];
  }

  thumbnail(canvas, i) {
    const { width, height, columns } = this.data.sprite;
    canvas.width = width;
    canvas.height = height;
    if (!this.sprite.complete || !this.sprite.naturalWidth) return;
    const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height];
    canvas.getContext("2d").drawImage(this.sprite, left, top, width, height, 0, 0, width, height);
  }

  showBubble() {
    const { bubble } = this;
    bubble.style.display = this.focused < 0 ? "none" : "block";
    if (this.focused < 0) return;
    this.thumbnail(bubble.querySelector("canvas"), this.focused);
    bubble.querySelector("span").textContent = this.data.says[this.focused];
    const [x, y] = this.point(this.focused);
    const [wide, high] = [bubble.offsetWidth, bubble.offsetHeight];
    bubble.style.left = `${x + 14 + wide > this.width ? Math.max(0, x - 14 - wide) : x + 14}px`;
    bubble.style.top = `${Math.max(0, Math.min(this.height - high, y - high / 2))}px`;
  }

  fillLegend() {
    const { names, colors } = this.data;
    const buttons = names.map((name, label) => {
      const button = document.createElement("button");
      button.type = "button";
      const sign = button.appendChild(document.createElement("i"));
      sign.textContent = SIGNS[label % SIGNS.length];
      sign.style.color = colors[label % colors.length];
      button.append(` ${name}`);
      button.setAttribute("aria-pressed", label === this.highlighted);
      button.onclick = () => {
        this.highlighted = this.highlighted === label ? -1 : label;
        [...button.parentElement.children].forEach((other, i) => other.setAttribute("aria-pressed", i === this.highlighted));
        this.focused = -1;
        this.draw();
        this.showBubble();
      };
      return button;
    });
    this.root.querySelector(".legend").replaceChildren(...buttons);
  }

  fillNear() {
    if (!this.data) return;
    const buttons = this.data.near.map((place) => {
      const button = document.createElement("button");
      button.type = "button";
      this.thumbnail(button.appendChild(document.createElement("canvas")), place);
      const words = button.appendChild(document.createElement("span"));
      words.textContent = this.data.names[this.data.labels[place]];
      if (this.data.labels[place] !== this.data.predicted[place]) words.className = "wrong";
      button.title = this.data.says[place];
      button.setAttribute("aria-label", this.data.says[place]);
      button.onpointerenter = button.onfocus = () => this.focus(place);
      button.onpointerleave = button.onblur = () => this.focus(-1);
      button.onclick = () => this.pick(place);
      return button;
    });
    this.root.querySelector(".near").replaceChildren(...buttons);
  }

  listen() {
    const { canvas } = this;
    const under = (event) => {
      const box = canvas.getBoundingClientRect();
      return this.nearest(event.clientX - box.left, event.clientY - box.top, REACH);
    };
    canvas.onpointermove = (event) => { if (event.pointerType !== "touch") this.focus(under(event)); };
    canvas.onpointerleave = (event) => { if (event.pointerType !== "touch") this.focus(-1); };
    canvas.onclick = (event) => { // with a finger the first tap shows an image, the second one opens it
      const place = under(event);
      if (place >= 0 && (event.pointerType !== "touch" || place === this.focused)) this.pick(place);
      else this.focus(place);
    };
    canvas.onblur = () => this.focus(-1);
    canvas.onkeydown = (event) => {
      const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
      if (step) this.focus(this.toward(...step), true);
      else if ((event.key === "Enter" || event.key === " ") && this.focused >= 0) this.pick(this.focused);
      else if (event.key === "Escape") this.focus(-1);
      else return;
      event.preventDefault();
    };
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".scatter");
  if (!root || !data) return;
  root.__scatter ||= new Scatter(parentElement);
  root.__scatter.update(data, (index) => setTriggerValue("picked", index));
}
