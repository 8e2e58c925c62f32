// Bars with a line above each, which the browser fetches.

const PERIOD_MS = 1000;

function build() {
  const bar = document.createElement("div");
  bar.innerHTML = '<p></p><div class="track" role="progressbar" aria-valuemin="0" aria-valuemax="100"><div class="fill"></div></div>';
  return bar;
}

function draw(root, bars) {
  while (root.children.length > bars.length) root.lastChild.remove();
  while (root.children.length < bars.length) root.append(build());
  [...root.children].forEach((bar, i) => {
    const { share, text } = bars[i];
    const line = bar.querySelector("p");
    if (line.textContent !== text) line.textContent = text;
    const track = bar.querySelector(".track");
    track.setAttribute("aria-valuenow", Math.round(100 * share));
    track.setAttribute("aria-label", text);
    bar.querySelector(".fill").style.transform = `scaleX(${share})`;
  });
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".bars");
  if (!root || !data) return;
  draw(root, data.bars);
  return follow(root, data.feed, () => PERIOD_MS, (news) => { if (!news.gone) draw(root, news.bars); });
}
