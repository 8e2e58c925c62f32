// A picture as the numbers that it is: one row of numbers for each row of pixels.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".numbers");
  if (!root || !data) return;
  root.setAttribute("aria-label", data.title);
  const grid = document.createElement("div");
  grid.style.setProperty("--columns", data.rows[0].length);
  for (const value of data.rows.flat()) {
    const cell = document.createElement("span");
    cell.textContent = value;
    cell.className = value ? "ink" : "none";
    cell.style.setProperty("--ink", `${Math.round((value / 255) * 45)}%`);
    grid.appendChild(cell);
  }
  root.replaceChildren(grid);
}
