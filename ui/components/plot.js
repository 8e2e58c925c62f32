// A Plotly figure whose node survives updates: Plotly.react keeps zoom and hover (uirevision), nothing flickers.

const LOADING = "__cnnLabPlotly";

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
    hoverlabel: {
      bgcolor: color("--st-secondary-background-color"),
      bordercolor: color("--st-border-color"),
      font: { color: color("--st-text-color") },
    },
  };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".cnn-plot");
  if (!root || !data) return;
  const figure = JSON.parse(data.figure);
  const layout = { ...figure.layout, autosize: true };
  delete layout.template;
  root.style.minHeight = `${layout.height || 300}px`;
  root.setAttribute("aria-label", data.label);
  const config = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d"] };
  loadPlotly(data.plotly)
    .then((Plotly) => Plotly.react(root, figure.data, themed(layout, root), config))
    .then(() => { root.dataset.points = figure.data.reduce((sum, trace) => sum + (trace.x ? trace.x.length : 0), 0); })
    .catch((error) => { root.textContent = error.message; });
  return () => { if (window.Plotly) window.Plotly.purge(root); };
}
