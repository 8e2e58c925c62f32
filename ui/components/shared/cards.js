// Test images as cards with what the network says and what is true; a click, or Enter on a focused one, picks it.

const SHELL = '<img alt=""><span class="blank" aria-hidden="true"></span><span class="said"></span><span class="true"></span>';

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".cards");
  if (!root || !data) return;
  root.style.setProperty("--picture", `${data.size}px`);
  root.style.setProperty("--width", `${data.width}px`);
  while (root.children.length > data.cards.length) root.lastChild.remove();
  data.cards.forEach((values, i) => {
    let card = root.children[i];
    if (!card) {
      card = document.createElement("button");
      card.type = "button";
      card.innerHTML = SHELL;
      root.appendChild(card);
    }
    card.className = `card ${values.right ? "right" : "wrong"}`;
    card.setAttribute("aria-label", values.label);
    card.disabled = !data.pickable;
    if (data.pickable) card.setAttribute("aria-pressed", values.selected);
    card.title = values.label;
    const [picture, blank, said, truth] = card.children;
    picture.hidden = !values.picture;
    blank.hidden = Boolean(values.picture);
    picture.style.display = values.picture ? "" : "none";
    blank.style.display = values.picture ? "none" : "";
    if (values.picture && picture.src !== values.picture) picture.src = values.picture;
    blank.textContent = values.id;
    said.textContent = values.said;
    truth.textContent = values.truth;
    card.onclick = () => {
      for (const other of root.children) other.setAttribute("aria-pressed", other === card);
      setTriggerValue("picked", values.id);
    };
  });
}
