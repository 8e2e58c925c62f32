// Fetches what a feed has new, every `period()` ms while somebody can see it, until the function that it returns is
// called, or another one follows for the same `root`: a component is called again without having been taken down.
// The answer to `?seen=` is empty without news; where the run is gone, `draw` gets {gone: true}.
function follow(root, feed, period, draw) {
  root.__end?.();
  let seen = "";
  let timer;
  let ended = false;
  const step = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(`${feed}&seen=${encodeURIComponent(seen)}`);
        const news = answer.status === 200 ? await answer.json() : answer.status === 404 ? { gone: true } : null;
        if (ended) return;
        if (news) {
          seen = news.seen || "";
          draw(news);
        }
      } catch { /* the server is away: Streamlit says so, and it may come back */ }
    }
    if (!ended) timer = setTimeout(step, period());
  };
  if (feed) step();
  root.__end = () => { ended = true; clearTimeout(timer); };
  return root.__end;
}

