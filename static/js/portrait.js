// One's own picture, or a project's icon: chosen here, sent as every file is, and shown as soon as a worker has looked at it.

import { morph } from "./morph.js";
import { add, adopt, all, forget, isUnsent, remove, words } from "./upload-send.js";

const box = () => document.querySelector("[data-portrait]");
const own = () => all().filter((item) => item.isPortrait);
const home = () => ({ start: box().dataset.portrait, isPortrait: true });

// What the server says now, without a reload: other fields of the page may be half filled in.
async function redraw() {
  const response = await fetch(location.pathname).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of ["[data-portrait]", ".btn-face", "#me .avatar", "#rail"]) {
    const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
    if (old && fresh) morph(old, fresh);
  }
}

function show(item) {
  const bar = box().querySelector("[data-portrait-bar]");
  bar.hidden = box().querySelector("[data-portrait-cancel]").hidden = !isUnsent(item);
  bar.value = (100 * item.sent) / item.size;
  box().querySelector("[data-portrait-said]").textContent = item.why || words(item.state);
}

document.addEventListener("upload-changed", ({ detail: item }) => {
  if (!item.isPortrait || !box()) return;
  if (["ready", "refused"].includes(item.state)) forget(item);
  show(item);
  if (!isUnsent(item) && item.state !== "failed") redraw();
});

document.addEventListener("change", ({ target }) => {
  const [file] = (target.matches?.("[data-portrait-file]") && target.files) || [];
  if (!file) return;
  own().forEach(remove);
  add(file, file.name, home());
  // The same may be chosen again.
  target.value = "";
});

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-portrait-cancel]")) own().forEach(remove);
});

if (box()?.dataset.coming) adopt(box().dataset.coming, home());
