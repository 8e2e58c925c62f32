// Several charts with one legend, one smoothing and a logarithmic loss: all of it here, so that it is instant
// and takes nobody's zoom. Smoothing and axis last for the session of the browser.

const FEED_MS = 700; // drawing takes the time of whoever trains here too
const WAIT_MS = 200; // until there is something to draw
const SETTINGS = "cnn-lab-curves";
const settings = { smoothing: 0, log: false, hidden: [], ...JSON.parse(sessionStorage.getItem(SETTINGS) || "{}") };

function keep(change) {
  Object.assign(settings, change);
  sessionStorage.setItem(SETTINGS, JSON.stringify(settings));
}

// An exponential mean that starts without a bias towards zero: m ← w·m + (1−w)·y, shown as m / (1 − wⁿ).
function smooth(values, weight) {
  let mean = 0;
  let left = 1;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    left *= weight;
    return mean / (1 - left);
  });
}

function tracesOf(traces) {
  return traces.flatMap((trace) => {
    const meta = trace.meta || {};
    const isHidden = (meta.keys || [meta.key]).some((key) => settings.hidden.includes(key));
    const shown = { ...trace, uid: meta.key, visible: !isHidden };
    if (!meta.smooth) return [shown];
    const isSmooth = settings.smoothing > 0;
    const line = { ...trace.line, width: 2 };
    return [
      { ...shown, opacity: isSmooth ? 0.25 : 0.6, ...(isSmooth && { hoverinfo: "skip", hovertemplate: null }) },
      {
        ...shown,
        uid: `${meta.key}-smooth`,
        line,
        opacity: 0.85,
        y: isSmooth ? smooth(trace.y, settings.smoothing) : [],
        x: isSmooth ? trace.x : [],
      },
    ];
  });
}

function layoutOf(layout) {
  const log = layout.meta && layout.meta.log;
  if (!log || !settings.log) return layout;
  return { ...layout, yaxis: { ...layout.yaxis, type: "log", range: log, exponentformat: "power", dtick: 1, tickfont: { size: 12 } } };
}

const SVG = "http://www.w3.org/2000/svg";

function swatch({ color, dash, sign, open, faint }) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 30 12");
  picture.setAttribute("aria-hidden", "true");
  if (dash) {
    const line = document.createElementNS(SVG, "line");
    const place = { x1: 1, x2: 29, y1: 6, y2: 6, stroke: color, "stroke-width": faint ? 1 : 2.2, "stroke-opacity": faint ? 0.7 : 1 };
    if (dash === "dot") place["stroke-dasharray"] = "2 3";
    for (const [name, value] of Object.entries(place)) line.setAttribute(name, value);
    picture.append(line);
  }
  if (sign) {
    const mark = document.createElementNS(SVG, "text");
    const look = { x: 15, y: 10, "font-size": 11, "text-anchor": "middle", stroke: color };
    for (const [name, value] of Object.entries(look)) mark.setAttribute(name, value);
    mark.setAttribute("fill", open ? "var(--st-background-color)" : color);
    mark.textContent = sign;
    picture.append(mark);
  }
  return picture;
}

function fillLegend(root, entries, redraw) {
  const wanted = JSON.stringify(entries);
  if (root.__legend !== wanted) {
    root.__legend = wanted;
    root.replaceChildren(...entries.map((entry) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.key = entry.key;
      button.append(swatch(entry), entry.name);
      return button;
    }));
  }
  for (const button of root.children) {
    const key = button.dataset.key;
    button.setAttribute("aria-pressed", String(!settings.hidden.includes(key)));
    button.onclick = () => {
      const hidden = settings.hidden.includes(key);
      keep({ hidden: hidden ? settings.hidden.filter((other) => other !== key) : [...settings.hidden, key] });
      redraw();
    };
  }
}

function buildChart(root) {
  const section = document.createElement("section");
  section.innerHTML = '<header><b></b><span class="values"></span></header><div class="cnn-plot" role="img"></div>';
  root.append(section);
  section.__chart = new Chart(section.querySelector(".cnn-plot"));
  return section;
}

function fillHead(section, chart, height) {
  section.classList.toggle("wide", Boolean(chart.wide));
  section.querySelector("b").textContent = chart.title;
  const plot = section.querySelector(".cnn-plot");
  plot.setAttribute("aria-label", chart.title);
  plot.style.height = `${height}px`; // before Plotly is there
  const values = section.querySelector(".values");
  const words = chart.values.map(({ name, value }) => {
    const word = document.createElement("span");
    const number = document.createElement("strong");
    number.textContent = value;
    word.append(`${name} `, number);
    return word;
  });
  values.replaceChildren(...words);
}

function drawAll(root, data) {
  const charts = root.querySelector(".charts");
  while (charts.children.length > data.charts.length) {
    charts.lastChild.__chart.end();
    charts.lastChild.remove();
  }
  while (charts.children.length < data.charts.length) buildChart(charts);
  const figures = data.charts.map((chart) => JSON.parse(chart.figure));

  const redraw = () => loadPlotly(data.plotly)
    .then((Plotly) => figures.forEach((figure, i) => {
      const section = charts.children[i];
      const theme = getComputedStyle(root).getPropertyValue("--st-text-color");
      const wanted = JSON.stringify([data.charts[i].figure, settings, theme]);
      if (section.__wanted === wanted) return; // nothing new, as while a run is paused
      section.__wanted = wanted;
      section.__chart.show(Plotly, { data: tracesOf(figure.data), layout: layoutOf(figure.layout) });
    }))
    .catch((error) => { charts.textContent = error.message; });

  data.charts.forEach((chart, i) => fillHead(charts.children[i], chart, figures[i].layout.height));
  fillLegend(root.querySelector(".legend"), data.legend, redraw);
  fillTools(root.querySelector(".tools"), data.words, (axisChanged) => {
    if (axisChanged) figures.forEach((figure, i) => { if (figure.layout.meta) delete charts.children[i].__chart.view.yaxis; });
    redraw();
  });
  redraw();
}

function fillTools(tools, words, onChange) {
  tools.hidden = !words;
  if (!words) return;
  const [slider, log] = [tools.querySelector(".smoothing"), tools.querySelector(".log")];
  tools.querySelector(".smoothing-name").textContent = words.smoothing;
  tools.querySelector(".log-name").textContent = words.log;
  tools.querySelector(".smoothing-label").title = words.smoothing_help;
  tools.querySelector(".log-label").title = words.log_help;
  const tell = () => { tools.querySelector("output").textContent = settings.smoothing.toFixed(2); };
  slider.value = settings.smoothing;
  log.checked = settings.log;
  tell();
  slider.oninput = () => { keep({ smoothing: Number(slider.value) }); tell(); onChange(false); };
  log.onchange = () => { keep({ log: log.checked }); onChange(true); };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".cnn-curves");
  if (!root || !data) return;
  const draw = (news) => drawAll(root, { ...data, ...news });
  if (!data.feed) root.__news = null;
  else if (root.__news?.feed !== data.feed) root.__news = { feed: data.feed };
  root.closest(".st-key-live-body[data-waiting]")?.removeAttribute("data-waiting");
  draw(root.__news); // what was fetched last, if the page has drawn itself anew around it
  const points = () => [...root.querySelectorAll(".cnn-plot")].some((plot) => Number(plot.dataset.points));
  const end = follow(root, data.feed, () => (points() ? FEED_MS : WAIT_MS), (news) => {
    if (news.gone) return; // the page finds out by itself
    root.__news = { feed: data.feed, ...news };
    draw(news);
  });
  return () => {
    end();
    for (const section of root.querySelector(".charts").children) {
      section.__chart.end();
      section.__wanted = null;
    }
  };
}
