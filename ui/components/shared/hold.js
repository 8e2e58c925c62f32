// Whether a rerun that nobody clicked for may be requested. A request names the page that is being shown: after a click
// or a key the reader may be on the way to another page, which such a request would undo.
const HOLD_MS = 1000;
let lastInput = -Infinity;
for (const name of ["click", "keydown", "popstate"]) {
  window.addEventListener(name, () => { lastInput = performance.now(); }, true);
}

// `asked` is when the server was asked for what the rerun is about.
function mayRerun(asked) {
  return asked - lastInput >= HOLD_MS;
}
