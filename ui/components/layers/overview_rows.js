// One layer: its words, the range of its colours, and the classes where it is the last one.

const SHELL = `<div class="label"><b></b><span class="shape"></span><span class="stats"></span><span class="range"></span></div>
<div class="body"><img class="colour" alt=""><div class="stack"><canvas class="maps" role="img"></canvas><canvas class="marks" tabindex="0"></canvas></div>
<ol class="classes"></ol><div class="pager"><button type="button" class="back">‹</button><span></span><button type="button" class="on">›</button></div></div>`;

function buildRow(root) {
  const row = document.createElement("section");
  row.innerHTML = SHELL;
  root.append(row);
  return row;
}

function limitsOf(layers, layer) {
  if (layer.role === "ink") return layer.limit;
  if (settings.range === "all") return Math.max(...layers.filter((l) => l.role === "signed" && l.steps).map((l) => l.limit));
  if (settings.range === "layer") return layer.limit;
  const channels = layer.shown[2];
  const limits = new Array(channels).fill(0);
  layer.steps.forEach((value, i) => { limits[i % channels] = Math.max(limits[i % channels], Math.abs(value)); });
  return limits.map((limit) => limit * layer.step || 1);
}

function tellRange(row, layer, limits, words) {
  const range = row.querySelector(".range");
  if (Array.isArray(limits)) range.textContent = words.range_own;
  else range.textContent = words[layer.role === "ink" ? "range_ink" : "range_at"].replace("{limit}", format(limits));
}

function fillClasses(row, data, layer, pick) {
  const list = row.querySelector(".classes");
  list.hidden = !layer.classes;
  if (!layer.classes) return;
  while (list.children.length < layer.classes.length) {
    list.insertAdjacentHTML("beforeend", '<li><button type="button"><span class="name"></span><span class="share"></span></button></li>');
  }
  while (list.children.length > layer.classes.length) list.lastChild.remove();
  layer.classes.forEach(({ name, share, best }, i) => {
    const button = list.children[i].firstChild;
    button.children[0].textContent = name;
    button.children[1].textContent = share;
    button.classList.toggle("best", best);
    button.dataset.unit = i;
    button.onclick = () => pick(layer, [0, 0, i]);
  });
}

