// A row of small pictures, each with a label and a note below it; wrong ones are marked.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".strip");
  if (!root || !data) return;
  root.setAttribute("aria-label", data.title);
  root.replaceChildren(...data.pictures.map((picture) => {
    const figure = document.createElement("figure");
    figure.className = picture.wrong ? "wrong" : "";
    const image = document.createElement("img");
    image.src = picture.source;
    image.alt = [picture.label, picture.note].filter(Boolean).join(", ") || data.title;
    const caption = document.createElement("figcaption");
    const label = document.createElement("b");
    label.textContent = picture.label;
    const note = document.createElement("small");
    note.textContent = picture.note;
    caption.append(label, note);
    figure.append(image, caption);
    return figure;
  }));
}
