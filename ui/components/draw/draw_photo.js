// A picture from the clipboard: by Ctrl+V anywhere on the page, or by the button (phones have no Ctrl+V).

const LARGEST = 2048; // pixels a side: more than a digit needs, less than a connection minds

async function toDataUrl(blob) {
  let picture;
  try {
    picture = await createImageBitmap(blob);
  } catch {
    return new Promise((done) => { // not decoded here: let the reader say what is wrong with it
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.readAsDataURL(blob);
    });
  }
  const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".paste");
  if (!root || !data) return;
  const [button, hint, note] = [root.querySelector("button"), root.querySelector(".hint"), root.querySelector(".note")];
  button.textContent = data.words.paste;
  hint.textContent = data.words.hint;

  const send = async (blob) => {
    note.textContent = "";
    setTriggerValue("picture", await toDataUrl(blob));
  };
  const onPaste = (event) => {
    const item = [...(event.clipboardData?.items || [])].find((item) => item.type.startsWith("image/"));
    if (!item) return; // words go where they were meant for
    event.preventDefault();
    send(item.getAsFile());
  };
  button.onclick = async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((type) => type.startsWith("image/"));
        if (type) return await send(await item.getType(type));
      }
      note.textContent = data.words.none;
    } catch {
      note.textContent = data.words.refused;
    }
  };
  document.addEventListener("paste", onPaste);
  return () => document.removeEventListener("paste", onPaste);
}
