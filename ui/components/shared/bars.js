// Probabilities as bars that glide to their new length. One row per class, the winner marked.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".bars");
  if (!root || !data) return;
  const { rows } = data;
  while (root.children.length > rows.length) root.lastChild.remove();
  while (root.children.length < rows.length) {
    const row = document.createElement("div");
    row.className = "row";
    row.innerHTML = '<span class="name"></span><span class="track"><span class="fill"></span></span><span class="value"></span>';
    root.appendChild(row);
  }
  rows.forEach((values, i) => {
    const row = root.children[i];
    row.classList.toggle("best", values.best);
    row.querySelector(".name").textContent = values.name;
    row.querySelector(".value").textContent = values.shown;
    const fill = row.querySelector(".fill");
    fill.style.width = `${100 * values.share}%`;
    fill.style.background = data.color;
    row.setAttribute("aria-label", `${values.name}: ${values.shown}`);
  });
}
