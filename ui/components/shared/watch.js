// Asks the server every `period` ms whether a value has changed, and requests a rerun of the fragment only then.

const RETRY_MS = 5000; // for the rerun; it calls this component again

export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.__end?.(); // called again without having been unmounted
  let timer;
  let isOver = !data;
  const again = (delay) => { if (!isOver) timer = setTimeout(step, delay); };
  const step = async () => {
    const asked = performance.now();
    if (document.hidden || !mayRerun(asked)) return again(data.period);
    try {
      const answer = await fetch(data.address);
      if (answer.status >= 400 && answer.status < 500) isOver = true; // the page was left, or the server restarted
      const version = answer.status === 200 && await answer.text();
      if (version && !isOver && mayRerun(asked)) {
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
