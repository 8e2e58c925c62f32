// A test set in four parts as a 2×2 whose cells are picked. The larger a part, the fuller its cell.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".parts");
  if (!root || !data) return;
  if (!root.children.length) {
    root.innerHTML =
      '<span></span><b class="top"></b><b class="top"></b><b class="side"></b><button></button><button></button>' +
      '<b class="side"></b><button></button><button></button>';
  }
  const heads = root.querySelectorAll("b");
  data.heads.forEach(({ sign, color, words }, i) => {
    const mark = document.createElement("i");
    mark.style.color = color;
    mark.textContent = sign;
    heads[i].replaceChildren(mark, ` ${words}`);
  });
  const buttons = [...root.querySelectorAll("button")];
  const select = (part) => buttons.forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.part === part));
  });
  data.cells.forEach((cell, i) => {
    const button = buttons[i];
    button.type = "button";
    button.dataset.part = cell.part;
    const [name, count, share] = ["span", "strong", "small"].map((tag, j) => {
      const line = document.createElement(tag);
      line.textContent = [cell.name, cell.count, cell.share][j];
      return line;
    });
    button.replaceChildren(name, count, share);
    button.onclick = () => { select(cell.part); setTriggerValue("picked", cell.part); };
  });
  select(data.selected);
}
