"""How fast CNN Lab is, always beside a peer in the same run: `python -m benchmarks NAME [--pairs N]`.

Two measurements alternate (A B A B …), so that whatever else the machine does meets both. Printed are both medians,
the ratio of the medians and the median of the pairwise ratios, with the target beside it. Milliseconds are those of the
machine at hand; only the ratios travel.

- `first-paint` — from starting `streamlit run app.py` until the canvas of the landing page is there in Chromium,
  against `streamlit hello` until its heading is there. Every measurement is a fresh server and a fresh browser context.
  Target: at most 1.5.
- `rerun` — one interaction on /train, from the request until the finished page is back (Streamlit's agent API: no
  browser in it), against the same app in which TensorFlow is never loaded. `while loading` is each fresh server's
  median over the import of TensorFlow, paired with the median of the peer just before that server is started; `ever
  after` alternates with the peer. Targets: at most 4 while loading, at most 1.2 ever after. `--pairs` counts fresh
  servers.
- `answer` — in this process, warm: a drawing of 280×280 pixels to probabilities by the bundled default model, and to
  all layers' outputs, against `model.predict` on the same drawing. Target: at most 10 ms.
- `stroke` — in Chromium on /draw, TensorFlow ready: from the pen's release to the answer in the page, against a plain
  script with the same canvas that only prints the amount of ink. Clocks and observers run in the page. Target: at most
  1.25.
- `slider` — in Chromium on /design, TensorFlow not loaded: from a key on the kernel-size slider to the new table, on R3
  and on a network of 30 layers, against a plain script that echoes a slider. Target: at most 1.5.
- `compare` — opening /compare among 500 runs, each an experiment of its own, and changing which six are compared,
  against a page with one slider that is opened or moved (Streamlit's agent API: no browser in it). TensorFlow is not
  loaded. Targets: at most 1,000 ms for opening, 300 ms for a change.
- `all` — one after the other.

Needs requirements-dev.txt and a Chromium (the system's, or `playwright install chromium`). Runs go to temporary
folders, and every process that a benchmark starts ends with it.
"""
