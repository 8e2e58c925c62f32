// Asks the server every `period` ms whether a value has changed, and requests a rerun of the fragment only then.
//
// A request names the page that is being shown. After a click or a key the reader may be on the way to another page,
// which such a request would undo: so none is sent until the server has answered a question that was asked later.

const HOLD_MS = 1000; // after a click or a key
const RETRY_MS = 5000; // for the rerun; it calls this component again
let lastInput = -Infinity;
for (const name of ["click", "keydown", "popstate"]) {
  window.addEventListener(name, () => { lastInput = performance.now(); }, true);
}

export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.__end?.(); // called again without having been unmounted
  let timer;
  let isOver = !data;
  const again = (delay) => { if (!isOver) timer = setTimeout(step, delay); };
  const step = async () => {
    const asked = performance.now();
    if (document.hidden || asked - lastInput < HOLD_MS) return again(data.period);
    try {
      const answer = await fetch(data.address);
      if (answer.status >= 400 && answer.status < 500) isOver = true; // the page was left, or the server restarted
      const version = answer.status === 200 && await answer.text();
      if (version && !isOver && lastInput < asked) {
        setTriggerValue("changed", version);
        return again(RETRY_MS);
      }
    } catch { /* the server can't be reached: Streamlit shows it, and it may come back */ }
    return again(data.period);
  };
  again(data?.period);
  parentElement.__end = () => { isOver = true; clearTimeout(timer); };
  return parentElement.__end;
}
