// A network's layers as rows; a click, or Enter on a focused row, picks one.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".rows");
  if (!root || !data) return;
  while (root.children.length > data.rows.length) root.lastChild.remove();
  data.rows.forEach((values, i) => {
    let row = root.children[i];
    if (!row) {
      row = document.createElement("button");
      row.type = "button";
      row.innerHTML = '<b></b><span class="what"></span><span class="shape"></span><span class="sum"></span>';
      root.appendChild(row);
    }
    row.onclick = () => setTriggerValue("picked", values.name);
    const shown = JSON.stringify(values);
    if (row.__shown === shown) return; // of thirty rows a knob changes a few
    row.__shown = shown;
    row.className = [values.selected ? "selected" : "", values.broken ? "broken" : ""].join(" ");
    row.setAttribute("aria-pressed", values.selected);
    row.style.setProperty("--kind", values.color);
    ["b", ".what", ".shape", ".sum"].forEach((part, n) => {
      row.querySelector(part).textContent = [values.name, values.what, values.shape, values.sum][n];
    });
    row.title = values.hint;
  });
}
