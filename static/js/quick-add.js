// One line at the foot of a column makes an issue and stays open for the next one; Esc closes it.

import { board } from "./board-cards.js";

const boxes = () => [...board().querySelectorAll("[data-quick-box]")];

function openBox(box) {
  box.open = true;
  box.scrollIntoView({ block: "nearest", inline: "nearest" });
  box.querySelector("input[name=title]").focus();
}

// Opens the line of the card's column where issues may start there, otherwise the first one.
export function openAdding(card) {
  const here = card?.closest("[data-state]").querySelector("[data-quick-box]");
  const box = here ?? boxes()[0];
  if (box) openBox(box);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-quick]");
  const box = link && boxes().find((one) => one.dataset.quickBox === link.dataset.quick);
  if (!box || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  openBox(box);
});

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("[data-quick-box][open]")) event.target.querySelector("input[name=title]").focus();
}, true);

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest?.("form.quick");
  if (!form || !detail.successful) return;
  form.reset();
  form.querySelector("input[name=title]").focus();
});

// The socket may have told of the new card before the answer brought it; the answer's stays.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!detail.requestConfig?.elt.matches?.("form.quick")) return;
  const found = new Set();
  for (const card of [...board().querySelectorAll(".card")].reverse()) {
    if (found.has(card.id)) card.remove();
    found.add(card.id);
  }
});

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("[data-quick-box]");
  if (event.key !== "Escape" || event.isComposing || !box?.open) return;
  event.preventDefault();
  event.stopPropagation();
  box.open = false;
  box.querySelector("summary").focus();
}, true);
