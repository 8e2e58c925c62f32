// Asks the server now and then who it is and which tab of this browser has changed something last. After a restart of
// the server the page is loaded again, as Streamlit reconnects without drawing it; the server has kept what was chosen.
const PERIOD_MS = 2000;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement;
  clearTimeout(root.__presence);
  if (!data) return;
  let seen = data.revision;
  const step = async () => {
    if (!document.hidden) {
      try {
        const asked = performance.now();
        const answer = await fetch(data.address, { cache: "no-store" });
        const now = answer.ok ? await answer.json() : null;
        if (now && now.boot !== data.boot) {
          location.reload();
          return;
        }
        if (now && now.tab && now.tab !== data.tab && now.revision > seen && mayRerun(asked)) {
          seen = now.revision;
          setTriggerValue("changed", seen);
        }
      } catch { /* the server is away: Streamlit says so, and it may come back */ }
    }
    root.__presence = setTimeout(step, PERIOD_MS);
  };
  root.__presence = setTimeout(step, PERIOD_MS);
  return () => clearTimeout(root.__presence);
}
