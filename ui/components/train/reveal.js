// Scrolls to a run that has just been started, and hides what is still shown of the run before until this one's curves
// are drawn (curves.js). The reader's own scrolling ends it.
const PATIENCE_MS = 3000;
const ENDS = ["wheel", "touchstart", "pointerdown", "keydown"];

export default function ({ data, parentElement }) {
  if (!data?.run || window.__cnnLabRevealed === data.run) return;
  window.__cnnLabRevealed = data.run;
  document.querySelector(".st-key-live-body")?.setAttribute("data-waiting", data.run);
  const began = performance.now();
  let timer;
  const end = () => {
    clearTimeout(timer);
    for (const name of ENDS) window.removeEventListener(name, end, true);
  };
  const step = () => {
    const head = document.querySelector(".st-key-live-head");
    head?.scrollIntoView({ block: "start" });
    if (performance.now() - began < PATIENCE_MS) timer = setTimeout(step, 100); // the page is still being laid out
    else {
      document.querySelector(".st-key-live-body")?.removeAttribute("data-waiting");
      end();
    }
  };
  for (const name of ENDS) window.addEventListener(name, end, true);
  timer = setTimeout(step, 100);
}
