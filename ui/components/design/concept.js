// One small picture at a time; `data.demo` says which. The reader's sliders stay as they are until it changes.

const signatures = new WeakMap();
const DEMOS = { ...NUMBER_DEMOS, ...CHANNEL_DEMOS, ...LEARNING_DEMOS, ...DROPOUT_DEMOS };

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".concept");
  if (!root || !data) return;
  const signature = JSON.stringify(data);
  if (signatures.get(root) === signature) return;
  signatures.set(root, signature);
  root.dataset.demo = data.demo;
  const box = root.querySelector(".controls");
  box.replaceChildren();
  DEMOS[data.demo](root, data, box);
}
