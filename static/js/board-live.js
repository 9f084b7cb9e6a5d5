// A board follows what others do: cards come, change, move and go where they stand. Nothing is touched while a card is in
// the hand or on its way. What a frame cannot say (a filtered board, a neighbour that is not shown) is read anew, at leisure.

import { board, cardOf, cardsIn, columnOf, columns, listOf, moving, placeOnTop } from "./board-cards.js";
import { keepingFocus, morph } from "./morph.js";
import { keepUnread } from "./talk-count.js";
import { refreshSoon } from "./view.js";

const PAGE = 100; // issues.queries.COLUMN_PAGE
const DOUBT = 1500;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const held = [];
let told = 0;
let doubt = 0;
let sizes = {};

const parsed = (html) => new DOMParser().parseFromString(html, "text/html").body.firstElementChild;

function arrive(card) {
  if (!still.matches) card.animate([{ opacity: 0.3, translate: "0 -.375rem" }, {}], { duration: 120, easing: "ease-out" });
}

// The card as the frame shows it: its old self where nothing changed or what changed could be mended in place.
function renewed(card, { etag, html }) {
  if (card?.dataset.etag.replace(/^\d+-/, "") === etag) return card;
  const fresh = parsed(html);
  if (!card) return document.adoptNode(fresh);
  keepUnread(card, fresh);
  if (card.matches(".is-back")) fresh.classList.add("is-back");
  morph(card, fresh);
  return card;
}

function isAt(card, list, above) {
  const previous = card.previousElementSibling;
  return card.parentElement === list && (above ? previous === above : !previous?.matches(".card"));
}

// Says whether the card stands where the frame wants it. One below a neighbour that is not loaded is not loaded either.
function put(frame) {
  const old = cardOf(frame.key);
  if (frame.gone) {
    old?.remove();
    return true;
  }
  if (old && frame.version < old.dataset.version) return true;
  const list = columnOf(frame.state) && listOf(columnOf(frame.state));
  const above = frame.after && cardOf(`${board().dataset.board}-${frame.after}`);
  if (!list || (frame.after && above?.parentElement !== list)) {
    if (list?.querySelector(":scope > .more")) old?.remove();
    return Boolean(list?.querySelector(":scope > .more"));
  }
  const card = renewed(old, frame);
  if (isAt(card, list, above)) return true;
  if (above) above.after(card);
  else placeOnTop(card, list);
  arrive(card);
  return true;
}

function count({ words, counts }) {
  sizes = counts;
  const line = document.querySelector("#view-tools > .num");
  if (line) line.textContent = words;
  for (const [slug, { html }] of Object.entries(counts)) {
    const old = columnOf(slug)?.querySelector(":scope > header > :is(.count, .pill)");
    if (old) morph(old, parsed(html));
  }
  if (Object.values(counts).some(({ n }) => n)) document.querySelector("[data-view] > .welcome")?.remove();
  for (const column of columns()) fit(column);
}

// A column that pages in shows whole pages, and how many cards are beyond.
function fit(column) {
  const more = listOf(column).querySelector(":scope > .more .more-cards");
  const room = PAGE * (listOf(column).dataset.pages ?? 1);
  if (!more) return;
  for (const card of cardsIn(column).slice(room)) card.remove();
  more.textContent = more.textContent.replace(/\d+/, sizes[column.dataset.state]?.n - room);
}

// Says whether the board is what a fresh one would be, as far as one can count.
function isSound() {
  const all = Object.values(sizes).reduce((sum, { n }) => sum + n, 0);
  return Boolean(all) !== Boolean(document.querySelector("[data-view] > .welcome")) && columns().every((column) => {
    const [list, n] = [listOf(column), sizes[column.dataset.state]?.n];
    const room = PAGE * (list.dataset.pages ?? 1);
    return cardsIn(column).length === Math.min(n, room) && Boolean(list.querySelector(":scope > .more")) === n > room;
  });
}

// Counts may be newer than the cards; what does not agree a moment later is read anew.
function check() {
  clearTimeout(doubt);
  if (!isSound()) doubt = setTimeout(() => board() && !board().dataset.query && !isSound() && refreshSoon(), DOUBT);
}

// The card that had the focus has it still; where it went, the next one.
function applying(change) {
  const card = document.activeElement.closest(".card");
  const next = card?.nextElementSibling ?? card?.previousElementSibling;
  keepingFocus(change, () => (card && (cardOf(card.dataset.issue) ?? next))?.querySelector(".title"));
}

function apply({ frames, seq }) {
  const issues = frames.filter(({ k }) => k === "issue");
  const counts = frames.find(({ k }) => k === "counts");
  told = Math.max(told, seq);
  if (frames.some(({ k }) => k === "project") || (issues.length && board().dataset.query)) refreshSoon();
  else if (issues.length) {
    applying(() => {
      if (!issues.map(put).every(Boolean)) refreshSoon();
      if (counts) count(counts);
    });
    board().dataset.seq = seq;
    document.dispatchEvent(new CustomEvent("view-drawn"));
    check();
  } else board().dataset.seq = seq;
}

function applyHeld() {
  if (moving.size || document.querySelector(".is-dragging")) return;
  for (const batch of held.splice(0)) if (board() && batch.seq > board().dataset.seq) apply(batch);
}

document.addEventListener("live-frames", ({ detail }) => {
  if (detail.project !== board()?.dataset.board) return;
  held.push(detail);
  applyHeld();
});
document.addEventListener("drag-ended", applyHeld);
document.addEventListener("move-answered", applyHeld);
document.addEventListener("live-reset", () => board() && refreshSoon());
// What was read before the last news came is read once more.
document.addEventListener("view-drawn", () => {
  if (board()?.dataset.seq < told) refreshSoon();
});
