// Pictures and what the network says of each: name, certainty, a bar, and right or wrong as a sign and a word.

const PERIOD_MS = 1000;

function build() {
  const row = document.createElement("div");
  row.className = "row";
  row.setAttribute("role", "listitem");
  row.innerHTML = '<img alt=""><div><p><b class="answer"></b> <span class="shown"></span></p><span class="track"><span class="fill"></span></span><p class="truth"><span class="sign"></span> <span class="words"></span></p></div>';
  return row;
}

function draw(parent, data) {
  const root = parent.querySelector(".pictures");
  const count = data.rows.length || data.places;
  while (root.children.length > count) root.lastChild.remove();
  while (root.children.length < count) root.append(build());
  [...root.children].forEach((row, i) => {
    const values = data.rows[i];
    row.classList.toggle("empty", !values);
    if (!values) return;
    const picture = row.querySelector("img");
    if (picture.src !== values.picture) picture.src = values.picture;
    row.querySelector(".answer").textContent = values.answer || "…";
    row.querySelector(".shown").textContent = values.shown || "";
    row.querySelector(".words").textContent = values.truth;
    row.querySelector(".sign").textContent = values.right === null ? "" : values.right ? "✓" : "✗";
    row.classList.toggle("wrong", values.right === false);
    const fill = row.querySelector(".fill");
    fill.style.transform = `scaleX(${values.share})`;
    fill.style.background = data.color;
  });
  parent.querySelector(".note").textContent = data.note;
}

export default function ({ data, parentElement }) {
  if (!data) return;
  const show = (news) => { if (!news.gone) draw(parentElement, { ...data, ...news }); };
  show({});
  return follow(parentElement, data.feed, () => PERIOD_MS, show);
}
