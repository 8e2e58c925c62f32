// The steps of an article as a row of dots. When another step is shown, the page goes back up to it.

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".dots");
  if (!list || !data) return;
  list.setAttribute("aria-label", data.title);
  const items = data.steps.map((step, index) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = step.state;
    button.title = button.ariaLabel = step.title;
    if (step.state.includes("current")) button.setAttribute("aria-current", "step");
    const dot = document.createElement("i");
    dot.textContent = index + 1;
    const name = document.createElement("span");
    name.textContent = step.short;
    button.append(dot, name);
    button.onclick = () => setTriggerValue("picked", index + 1);
    item.appendChild(button);
    return item;
  });
  const focused = [...list.children].findIndex((item) => item.contains(list.getRootNode().activeElement));
  list.replaceChildren(...items);
  if (focused >= 0 && items[focused]) items[focused].firstChild.focus({ preventScroll: true });
  if (list.__place && list.__place !== data.place && list.getBoundingClientRect().top < 0) list.scrollIntoView();
  list.__place = data.place;
}
