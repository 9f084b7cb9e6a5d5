// The board is one stop of the Tab key; arrows go from card to card, and from the cards to their column's buttons.

import { board, cardOf, cardsIn, columns } from "./board-cards.js";

const STOPS = ":scope > header :is(a, button):not([popover] *), :scope > ol > .card > .title, :scope > details > summary";
let last = "";

const stopsOf = (column) => [...column.querySelectorAll(STOPS)].filter((stop) => stop.checkVisibility());

function current() {
  const active = document.activeElement;
  if (active.closest("[data-board]") && active.matches("a, button, summary")) return active;
  return cardOf(last)?.querySelector(".title") ?? board().querySelector(".card > .title") ?? stopsOf(columns()[0])[0];
}

export function rove() {
  if (!board()) return;
  const stop = current();
  const links = ".card > .title, .card .act, .col > header > :is(a, button), .quick-box > summary";
  for (const link of board().querySelectorAll(links)) link.tabIndex = link === stop ? 0 : -1;
}

function focus(stop) {
  stop.focus({ preventScroll: true });
  (stop.closest(".card") ?? stop).scrollIntoView({ block: "nearest", inline: "nearest" });
}

export function step(by) {
  const active = document.activeElement.closest("[data-board] a, [data-board] button, [data-board] summary");
  if (!active) {
    focus(current());
    return;
  }
  const stops = stopsOf(active.closest("[data-state]"));
  const at = stops.indexOf(active.closest(".card")?.querySelector(".title") ?? active);
  if (stops[at + by]) focus(stops[at + by]);
}

export function stepAcross(by) {
  const active = document.activeElement.closest("[data-board] a, [data-board] button, [data-board] summary");
  if (!active) {
    focus(current());
    return;
  }
  const all = columns();
  const next = all[all.indexOf(active.closest("[data-state]")) + by];
  if (!next) return;
  const height = (active.closest(".card") ?? active).getBoundingClientRect().top;
  const away = (card) => Math.abs(card.getBoundingClientRect().top - height);
  const nearest = cardsIn(next).reduce((best, card) => (!best || away(card) < away(best) ? card : best), null);
  focus(nearest?.querySelector(".title") ?? stopsOf(next)[0] ?? active);
}

document.addEventListener("focusin", (event) => {
  const card = event.target.closest?.("[data-board] .card");
  if (card) last = card.dataset.issue;
  if (event.target.closest?.("[data-board]")) rove();
});
document.addEventListener("view-drawn", rove);
rove();
