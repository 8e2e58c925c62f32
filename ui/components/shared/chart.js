// A Plotly chart whose node survives updates. What stands before plot.js and curves.js.
//
// The reader's zoom is kept here and not by Plotly's `uirevision`, which forgets it when a range that the server sets
// changes: `view[axis]` is a range, "all" for everything there is, or nothing for the server's own range.

const LOADING = "__cnnLabPlotly";
const COARSE = window.matchMedia("(pointer: coarse)").matches; // a finger scrolls the page over a chart

function loadPlotly(url) {
  if (!window[LOADING]) {
    window[LOADING] = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => reject(new Error("Plotly could not be loaded"));
      document.head.appendChild(script);
    });
  }
  return window[LOADING];
}

function themed(layout, element) {
  const css = getComputedStyle(element);
  const color = (name) => css.getPropertyValue(name).trim();
  const axis = { gridcolor: color("--st-border-color"), zerolinecolor: color("--st-border-color") };
  const merged = { ...layout };
  for (const key of Object.keys(layout).filter((k) => /^[xy]axis/.test(k))) merged[key] = { ...axis, ...layout[key] };
  return {
    ...merged,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: color("--st-text-color"), family: color("--st-font"), size: 13 },
    modebar: {
      bgcolor: "rgba(0,0,0,0)",
      color: color("--st-gray-text-color") || color("--st-text-color"),
      activecolor: color("--st-primary-color"),
    },
    hoverlabel: {
      bgcolor: color("--st-secondary-background-color"),
      bordercolor: color("--st-border-color"),
      font: { color: color("--st-text-color"), size: 12 },
    },
  };
}

// The part of a trace that is a list by point, or the part that is not.
function partOf(trace, byPoint) {
  return Object.fromEntries(Object.entries(trace).filter(([, value]) => Array.isArray(value) === byPoint));
}

// What a chart is besides its points, as text; null where an axis follows them.
function frameOf(data, layout) {
  if (!layout.xaxis.range || !layout.yaxis.range) return null;
  const withoutRevision = (key, value) => (key === "uirevision" ? undefined : value);
  return JSON.stringify([data.map((trace) => partOf(trace, false)), layout], withoutRevision);
}

class Chart {
  constructor(node) {
    this.node = node;
    this.view = {};
    this.revision = 0;
    this.held = false; // a drag goes on: a redraw would tear the zoom box away
    node.addEventListener("pointerdown", () => { this.held = true; }, true);
    this.release = () => setTimeout(() => { this.held = false; if (this.waiting) this.draw(); }, 50);
    this.observer = new ResizeObserver(() => { if (this.listening && node.clientWidth) this.Plotly.Plots.resize(node); });
  }

  // Also after `end`: a component may be taken down and put up again around the same nodes.
  begin() {
    if (this.begun) return;
    this.begun = true;
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, this.release, true);
    this.observer.observe(this.node);
  }

  show(Plotly, figure) {
    if (figure.layout.uirevision !== this.figure?.layout.uirevision) this.view = {}; // other runs are shown
    this.Plotly = Plotly;
    this.figure = figure;
    this.begin();
    if (this.held) this.waiting = true;
    else this.draw();
  }

  draw() {
    this.waiting = false;
    // A copy: Plotly writes the range of a zoom into the layout's own array, and the server's range would be lost.
    const layout = structuredClone({ ...themed(this.figure.layout, this.node), autosize: true });
    delete layout.template;
    if (COARSE) layout.dragmode = false;
    for (const name of ["xaxis", "yaxis"]) layout[name] = this.seen(name, layout[name] || {});
    const config = {
      displaylogo: false,
      showSendToCloud: false, // it would upload the chart to Plotly's own server
      doubleClick: false,
      modeBarButtonsToRemove: ["select2d", "lasso2d", "resetScale2d"],
    };
    this.node.style.height = `${layout.height || 300}px`;
    const frame = frameOf(this.figure.data, layout);
    const isSame = frame !== null && frame === this.frame;
    this.frame = frame;
    const drawn = isSame ? this.grow() : this.Plotly.react(this.node, this.figure.data, layout, config);
    drawn.then(() => {
      if (!this.listening) this.listen();
      this.node.dataset.points = this.figure.data.reduce((sum, trace) => sum + (trace.x ? trace.x.length : 0), 0);
    });
  }

  // Moves points and lines alone, which takes a third of the work of drawing all: a run under way grows all the time.
  grow() {
    const data = this.figure.data.map((trace) => partOf(trace, true));
    const atOnce = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: false } };
    return this.Plotly.animate(this.node, { data, traces: data.map((_, i) => i) }, atOnce).catch(() => { this.frame = null; });
  }

  seen(name, axis) {
    const view = this.view[name];
    const own = { ...axis, uirevision: ++this.revision };
    if (view === "all") { delete own.range; own.autorange = true; }
    else if (view) { own.range = [...view]; own.autorange = false; }
    return own;
  }

  listen() {
    this.listening = true;
    this.node.on("plotly_relayout", (changed) => {
      this.frame = null; // what is on the screen is no longer what was drawn
      for (const name of ["xaxis", "yaxis"]) {
        const [low, high] = [changed[`${name}.range[0]`], changed[`${name}.range[1]`]];
        if (changed[`${name}.autorange`]) this.view[name] = "all";
        else if (low !== undefined) this.view[name] = [low, high];
      }
    });
    this.node.on("plotly_doubleclick", () => this.forget());
  }

  forget(axes = ["xaxis", "yaxis"]) {
    for (const name of axes) delete this.view[name];
    this.draw();
  }

  end() {
    this.begun = this.listening = this.held = false;
    this.frame = null;
    this.observer.disconnect();
    for (const end of ["pointerup", "pointercancel"]) window.removeEventListener(end, this.release, true);
    if (window.Plotly) window.Plotly.purge(this.node);
  }
}

