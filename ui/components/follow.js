// Fetches what a feed has new, every `period` ms while somebody can see it, until the function that it returns is
// called. The answer to `?seen=` is empty without news; where the run is gone, `draw` gets {gone: true}.
function follow(feed, period, draw) {
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
    if (!ended) timer = setTimeout(step, period);
  };
  step();
  return () => { ended = true; clearTimeout(timer); };
}

