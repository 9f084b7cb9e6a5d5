// The menu of a card and its pickers, opened beside the card. What the menu says about the columns also dims them in a drag.

import { board, cardOf } from "./board-cards.js";
import { load } from "./load.js";

const FRESH = 5000;
const GAP = 4;
const menu = document.getElementById("card-menu");
const picks = document.getElementById("card-picks");
let known = { key: "", at: 0 };

// Reads where the card may go. Once for several questions in a row.
export async function prepare(card) {
  const key = card.dataset.issue;
  if (known.key === key && Date.now() - known.at < FRESH) return known.ready;
  known = { key, at: Date.now(), ready: load(`/${key}/moves/`, menu) };
  return known.ready;
}

export function forget() {
  known = { key: "", at: 0 };
}

export const shownFor = (card) => menu.querySelector("[data-moves]")?.dataset.moves === card.dataset.issue;
export const whys = () => [...menu.querySelectorAll("template[data-why]")];

function openBeside(popover, element) {
  const at = element.getBoundingClientRect();
  popover.showPopover();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const top = at.bottom + GAP + height <= innerHeight ? at.bottom + GAP : Math.max(GAP, Math.min(at.top, innerHeight - height - GAP));
  Object.assign(popover.style, { inset: "auto", margin: "0" });
  popover.style.top = `${top}px`;
  popover.style.left = `${Math.min(Math.max(GAP, at.right - width), innerWidth - width - GAP)}px`;
}

export async function openMenu(card) {
  const key = card.dataset.issue;
  await prepare(card);
  const now = cardOf(key);
  if (!now || !shownFor(now)) return;
  menu.dataset.key = key;
  openBeside(menu, now.querySelector(".act").checkVisibility() ? now.querySelector(".act") : now);
}

export async function openPick(card, field) {
  const key = card.dataset.issue;
  await load(`/${key}/pick/${field}/`, picks);
  const popover = picks.querySelector("[popover]");
  if (popover && cardOf(key)) openBeside(popover, cardOf(key));
}

export async function assignToMe(card) {
  const { key, me } = { key: card.dataset.issue, me: board().dataset.me };
  await window.htmx.ajax("POST", `/${key}/edit/`, { source: picks, swap: "none", values: { assignee: me } });
}

export function menuCard() {
  return cardOf(menu.dataset.key ?? "");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-card-menu]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  openMenu(link.closest(".card"));
});

// A picker has done its work when its form was accepted.
picks.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "post" || !detail.successful) return;
  forget();
  picks.querySelector(":popover-open")?.hidePopover();
});

document.addEventListener("issue-placed", forget);
document.addEventListener("view-drawn", forget);

