// Dragging cards with a mouse or, after a short hold, with a finger. Columns that the card may not enter dim and say why;
// the one it is over says what the drop will ask. A drop on a dimmed column asks the server, which answers with the reason.

import { board, columnOf, columns, listOf } from "./board-cards.js";
import { prepare, shownFor, whys } from "./board-menu.js";
import { homeOf, send } from "./board-move.js";

const HOLD = 200;
const still = matchMedia("(prefers-reduced-motion: reduce)");
let drag = null;

function dim() {
  if (!drag || !shownFor(drag.card)) return;
  for (const why of whys()) {
    const column = columnOf(why.dataset.why);
    if (!column) continue;
    drag.verdicts.set(column, why);
    if (why.dataset.verdict !== "no") continue;
    column.classList.add("is-dim");
    column.querySelector("header").after(why.content.firstElementChild.cloneNode(true));
  }
}

function aim(column) {
  if (drag.over === column) return;
  drag.over?.classList.remove("is-target");
  drag.over?.querySelector(":scope > .why.yes")?.remove();
  drag.over = column;
  if (column === drag.from || column.matches(".is-dim")) return;
  column.classList.add("is-target");
  const why = drag.verdicts.get(column);
  if (why) column.querySelector("header").after(why.content.firstElementChild.cloneNode(true));
}

function clear() {
  for (const column of columns()) {
    column.classList.remove("is-dim", "is-target");
    for (const why of column.querySelectorAll(":scope > .why")) why.remove();
  }
  board().classList.remove("is-dragging");
}

function columnUnder(event) {
  const point = event.changedTouches?.[0] ?? event;
  return document.elementFromPoint(point.clientX, point.clientY)?.closest("[data-state]") ?? null;
}

function begin({ item }) {
  drag = { card: item, home: drag?.home ?? homeOf(item), from: item.closest("[data-state]"), over: null, verdicts: new Map() };
  board().classList.add("is-dragging");
  if (window.Sortable.ghost) window.Sortable.ghost.style.opacity = "1";
  prepare(item).then(dim);
}

function over({ to, related }) {
  const column = to.closest("[data-state]");
  aim(column);
  return !column.matches(".is-dim") && !related?.matches(".more, .teach");
}

function end({ item, originalEvent }) {
  const { home } = drag;
  const under = columnUnder(originalEvent);
  const refused = under?.matches(".is-dim") && under !== item.closest("[data-state]") ? under.dataset.state : null;
  clear();
  drag = null;
  if (refused) send(item, home, refused);
  else if (item.parentElement !== home.list || item.nextElementSibling !== home.next) send(item, home);
  document.dispatchEvent(new CustomEvent("drag-ended"));
}

function make(list) {
  return window.Sortable.create(list, {
    group: "board",
    draggable: ".card",
    filter: ".act",
    preventOnFilter: false,
    animation: still.matches ? 0 : 120,
    forceFallback: true,
    fallbackOnBody: true,
    fallbackTolerance: 4,
    delay: HOLD,
    delayOnTouchOnly: true,
    touchStartThreshold: 6,
    emptyInsertThreshold: 24,
    scrollSensitivity: 48,
    scrollSpeed: 9,
    ghostClass: "is-ghost",
    fallbackClass: "is-drag",
    onChoose: ({ item }) => { drag = { home: homeOf(item) }; prepare(item); },
    onUnchoose: () => { if (drag && !drag.card) drag = null; },
    onStart: begin,
    onMove: over,
    onEnd: end,
  });
}

function makeAll() {
  if (!board() || !window.Sortable) return;
  for (const list of columns().map(listOf)) if (!window.Sortable.get(list)) make(list);
}

document.addEventListener("view-drawn", makeAll);
makeAll();
