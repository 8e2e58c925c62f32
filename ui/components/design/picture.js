// A network's picture: a click on a block picks its layer; the picture is saved as SVG or PNG, in slide colours.

function forSlide(svg) {
  const copy = svg.cloneNode(true);
  copy.setAttribute("style", "color:#1f2433;background:#ffffff");
  return new XMLSerializer().serializeToString(copy);
}

function save(href, name) {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
}

function savePng(source, svg, name) {
  const image = new Image();
  const scale = 2;
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = svg.width.baseVal.value * scale;
    canvas.height = svg.height.baseVal.value * scale;
    const context = canvas.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    save(canvas.toDataURL("image/png"), name);
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".picture");
  if (!root || !data) return;
  if (root.__source !== data.svg) {
    root.innerHTML = data.svg;
    root.__source = data.svg;
  }
  const svg = root.querySelector("svg");
  svg.style.maxWidth = "100%";
  svg.style.minWidth = `${Math.min(760, svg.width.baseVal.value)}px`; // on a phone it is scrolled, not shrunk away
  svg.style.height = "auto";
  for (const block of root.querySelectorAll(".block")) {
    block.classList.toggle("selected", block.dataset.layer === data.selected);
    block.onclick = () => setTriggerValue("picked", block.dataset.layer);
    block.onkeydown = (event) => { if (event.key === "Enter") block.onclick(); };
  }
  const [svgButton, pngButton] = parentElement.querySelectorAll(".save button");
  svgButton.textContent = data.saveSvg;
  pngButton.textContent = data.savePng;
  svgButton.onclick = () => save(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(forSlide(svg))}`, `${data.name}.svg`);
  pngButton.onclick = () => savePng(forSlide(svg), svg, `${data.name}.png`);
}
