// The steps of an article as a row of dots. When another step is shown, the page goes to its top, so that every step
// opens at the same place, however long it is.

const ENTERING_MS = 1500; // while a step's parts still come and go, and would push it away
const BY_HAND = ["wheel", "touchstart", "pointerdown", "keydown"];

function enter(list, scroller) {
  list.__stay?.();
  const timers = [0, 150, 400, 800, ENTERING_MS].map((after) => setTimeout(() => scroller.scrollTo(0, 0), after));
  const stay = () => {
    timers.forEach(clearTimeout);
    BY_HAND.forEach((kind) => window.removeEventListener(kind, stay, true));
  };
  BY_HAND.forEach((kind) => window.addEventListener(kind, stay, { capture: true, passive: true }));
  list.__stay = stay;
}

// Otherwise the browser scrolls along with whatever stands below something that grows.
function scrollerOf(element) {
  let parent = element;
  while (parent && !/auto|scroll/.test(getComputedStyle(parent).overflowY)) {
    parent = parent.parentElement || parent.getRootNode().host;
  }
  return parent;
}

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
  const scroller = scrollerOf(list);
  if (scroller && list.__place && list.__place !== data.place) enter(list, scroller);
  list.__place = data.place;
  if (scroller) scroller.style.overflowAnchor = "none";
  return () => {
    list.__stay?.();
    if (scroller) scroller.style.overflowAnchor = "";
  };
}
