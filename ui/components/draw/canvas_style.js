// Hides the tools that the canvas package shows under the pointer: an undo with another history, and a mode that drags
// strokes. They are in a shadow root, which styles of the page don't reach.
const STYLE = ".dc-toolbar { display: none !important; }";
const PATIENCE_MS = 10000;

function hideTools() {
  let found = 0;
  for (const host of document.querySelectorAll('[data-testid="stBidiComponentIsolated"], [data-testid^="stBidi"] *, [data-testid^="stBidi"]')) {
    const root = host.shadowRoot;
    if (!root?.querySelector(".dc-root")) continue;
    found += 1;
    if (!root.querySelector("style[data-cnn-lab]")) {
      const style = document.createElement("style");
      style.dataset.cnnLab = "canvas";
      style.textContent = STYLE;
      root.append(style);
    }
  }
  return found;
}

export default function () {
  const end = Date.now() + PATIENCE_MS;
  let timer;
  const look = () => { if (!hideTools() && Date.now() < end) timer = setTimeout(look, 50); };
  look();
  return () => clearTimeout(timer);
}
