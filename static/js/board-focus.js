// The board is one stop of the Tab key; arrows go from card to card, and from the cards to their column's buttons. While the
// focus is elsewhere each column has an entrance, as a part that scrolls must; all of them lead to the card one was at.

import { board, cardOf, cardsIn, columns, listOf } from "./board-cards.js";

const STOPS = ":scope > header :is(a, button):not([popover] *), :scope > ol > .card > .title, :scope > details > summary";
let last = "";
let isTabbing = false;

const stopsOf = (column) => [...column.querySelectorAll(STOPS)].filter((stop) => stop.checkVisibility());

function current() {
  const active = document.activeElement;
  if (active.closest("[data-board]") && active.matches("a, button, summary")) return active;
  return cardOf(last)?.querySelector(".title") ?? board().querySelector(".card > .title") ?? stopsOf(columns()[0])[0];
}

export function rove() {
  if (!board()) return;
  const stops = new Set([current()]);
  if (!board().contains(document.activeElement)) {
    for (const column of columns()) stops.add(cardsIn(column)[0]?.querySelector(".title"));
  }
  // Browsers make a part that scrolls a stop of its own where nothing in it is one.
  for (const column of columns()) listOf(column).tabIndex = -1;
  const links = ".card > .title, .card .act, .col > header > :is(a, button), .quick-box > summary";
  for (const link of board().querySelectorAll(links)) link.tabIndex = stops.has(link) ? 0 : -1;
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

document.addEventListener("keydown", (event) => { isTabbing = event.key === "Tab"; }, true);
document.addEventListener("pointerdown", () => { isTabbing = false; }, true);

document.addEventListener("focusin", (event) => {
  if (!event.target.closest?.("[data-board]")) return;
  const was = cardOf(last)?.querySelector(".title");
  if (isTabbing && was && was !== event.target && !board().contains(event.relatedTarget)) {
    isTabbing = false;
    was.focus();
    return;
  }
  last = event.target.closest(".card")?.dataset.issue ?? last;
  rove();
});
document.addEventListener("focusout", (event) => {
  if (event.target.closest?.("[data-board]") && !board()?.contains(event.relatedTarget)) setTimeout(rove);
});
document.addEventListener("view-drawn", rove);
rove();
