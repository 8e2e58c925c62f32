// Contenders as rows, figures as columns. A click on a heading sorts by it: up, down, and back to the order chosen.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".facts");
  if (!root || !data) return;
  root.__sort ??= { by: "", down: true };
  const sort = root.__sort;
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  function skeleton() {
    const shape = JSON.stringify([data.columns, data.words]);
    if (root.__shape === shape) return;
    root.__shape = shape;
    root.innerHTML = "<table><thead><tr></tr></thead><tbody></tbody></table>";
    const head = root.querySelector("tr");
    [{ name: "", title: data.words.name, help: "" }, ...data.columns].forEach((column) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.dataset.name = column.name;
      if (column.name) {
        const button = document.createElement("button");
        button.type = "button";
        button.title = `${column.help} ${data.words.sort}`.trim();
        button.append(column.title, document.createElement("i"));
        button.onclick = () => turn(column.name);
        cell.append(button);
      } else cell.textContent = column.title;
      head.append(cell);
    });
  }

  function turn(name) {
    if (sort.by !== name) Object.assign(sort, { by: name, down: true });
    else if (sort.down) sort.down = false;
    else sort.by = "";
    root.__draw();
  }

  function ordered() {
    const column = data.columns.findIndex((c) => c.name === sort.by);
    if (column < 0) return data.rows;
    const value = (row) => row.cells[column].value;
    return [...data.rows].sort((a, b) => {
      if (value(a) == null || value(b) == null) return (value(a) == null) - (value(b) == null);
      return (sort.down ? 1 : -1) * (value(b) - value(a));
    });
  }

  function draw() {
    skeleton();
    root.querySelectorAll("th").forEach((cell) => {
      const active = cell.dataset.name && cell.dataset.name === sort.by;
      cell.setAttribute("aria-sort", active ? (sort.down ? "descending" : "ascending") : "none");
      const mark = cell.querySelector("i");
      if (mark) put(mark, active ? (sort.down ? " ▾" : " ▴") : "");
    });
    const body = root.querySelector("tbody");
    ordered().forEach((row, index) => {
      let line = [...body.children].find((tr) => tr.dataset.id === row.id);
      if (!line) {
        line = document.createElement("tr");
        line.dataset.id = row.id;
        line.innerHTML = '<th scope="row"><i></i> <span></span></th>';
      }
      if (body.children[index] !== line) body.insertBefore(line, body.children[index] || null);
      const head = line.firstChild;
      put(head.querySelector("i"), row.sign);
      head.querySelector("i").style.color = row.color;
      put(head.querySelector("span"), row.name);
      line.classList.toggle("live", row.live);
      while (line.children.length > row.cells.length + 1) line.lastChild.remove();
      row.cells.forEach((cell, at) => {
        const td = line.children[at + 1] || line.appendChild(document.createElement("td"));
        put(td, cell.shown);
        td.classList.toggle("best", cell.best);
      });
    });
    const ids = new Set(data.rows.map((row) => row.id));
    [...body.children].forEach((line) => ids.has(line.dataset.id) || line.remove());
  }

  root.__draw = draw;
  draw();
}
