// One Plotly figure, with the legend that Plotly draws.

export default function ({ data, parentElement }) {
  const node = parentElement.querySelector(".cnn-plot");
  if (!node || !data) return;
  node.setAttribute("aria-label", data.label);
  node.__chart ||= new Chart(node);
  const chart = node.__chart;
  loadPlotly(data.plotly)
    .then((Plotly) => chart.show(Plotly, JSON.parse(data.figure)))
    .catch((error) => { node.textContent = error.message; });
  return () => { chart.end(); delete node.__chart; };
}
