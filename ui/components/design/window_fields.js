// The reader's numbers: a kernel for each channel, what weighs a channel, and the bias.

const copy = (rows) => rows.map((row) => [...row]);

function element(tag, parent, fields = {}) {
  const node = document.createElement(tag);
  parent.appendChild(node);
  return Object.assign(node, fields);
}

function describeCanvas(canvas, label) {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
}

function numberField(parent, label, value, oninput) {
  const field = element("input", parent, { type: "number", step: "0.1", value: Number(value.toFixed(3)) });
  field.setAttribute("aria-label", label);
  field.oninput = () => oninput(Number(field.value) || 0);
  return field;
}

function fillKernel(box, data, s, c, changed) {
  const fields = box.querySelector(".numbers");
  fields.style.gridTemplateColumns = `repeat(${data.layer.size}, 3.4em)`;
  fields.replaceChildren();
  s.kernels[c].forEach((line, i) => line.forEach((weight, j) => numberField(fields, `${data.channels[c].title} ${data.words.kernel} ${i + 1}, ${j + 1}`, weight, (v) => {
    s.kernels[c][i][j] = v;
    s.names[c] = box.querySelector("select").value = "";
    changed();
  })));
}

function buildChannel(root, data, s, c, changed) {
  const box = element("div", root.querySelector(".channels"), { className: "channel" });
  box.innerHTML = '<b></b><canvas class="input" width="0" height="0"></canvas><div class="kernel"><select></select><div class="numbers"></div><label class="weight"></label></div><div class="partial"></div><canvas class="own" width="0" height="0"></canvas>';
  box.querySelector("b").textContent = data.channels[c].title;
  describeCanvas(box.querySelector(".input"), data.channels[c].title);
  describeCanvas(box.querySelector(".own"), `${data.channels[c].title} ${data.words.output}`);
  box.querySelector(".kernel").hidden = data.layer.op !== "conv";
  if (data.layer.op !== "conv") return;
  const chooser = box.querySelector("select");
  chooser.setAttribute("aria-label", `${data.channels[c].title} ${data.words.kernel}`);
  for (const kernel of [...data.kernels, { name: "", title: data.words.own }]) element("option", chooser, { value: kernel.name, textContent: kernel.title });
  chooser.value = s.names[c];
  chooser.onchange = () => {
    s.names[c] = chooser.value;
    const chosen = data.kernels.find((k) => k.name === chooser.value);
    if (chosen) s.kernels[c] = copy(chosen.values);
    fillKernel(box, data, s, c, changed);
    changed();
  };
  fillKernel(box, data, s, c, changed);
  const extra = box.querySelector(".weight");
  if (data.layer.channels === "weighed") {
    extra.textContent = `${data.words.weight} `;
    numberField(extra, `${data.channels[c].title} ${data.words.weight}`, s.weights[c], (v) => { s.weights[c] = v; changed(); });
  }
}

// One bias behind the sum: beside a single kernel, or before the output of several. Channels kept apart go without.
function buildBias(root, data, s, changed) {
  root.querySelector(".bias")?.remove();
  if (!data.layer.bias || data.layer.channels === "apart") return;
  const [result, kernel] = [root.querySelector(".result"), root.querySelector(".kernel")];
  const line = element("label", data.channels.length > 1 ? result : kernel, { className: "weight bias", textContent: `${data.words.bias} ` });
  if (data.channels.length > 1) result.prepend(line);
  numberField(line, data.words.bias, s.bias, (v) => { s.bias = v; changed(); });
}
