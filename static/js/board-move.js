// Moves cards: at once on the screen, then on the server. Moves go out one after the other. Whatever is refused goes back
// to its place; the server's answer brings the reason and the way to mend it, and for what was done the card afresh and
// the word where it stands.

import { board, cardOf, columnOf, listOf, moving, numberOf, placeAtFoot, placeOnTop, say, stateOf } from "./board-cards.js";
import { refresh } from "./view.js";

let queue = Promise.resolve();
let focused = "";

// Remembers where a card stands, before a hand or a key takes it away.
export function homeOf(card) {
  return { list: card.parentElement, next: card.nextElementSibling, state: stateOf(card), focused: card.contains(document.activeElement) };
}

function goHome(key, home) {
  const card = cardOf(key);
  if (!card) return;
  if (home.next?.parentElement === home.list) home.list.insertBefore(card, home.next);
  else placeAtFoot(card, home.list);
  const refused = document.querySelector(`#toasts [data-about="${CSS.escape(key)}"]`);
  card.classList.toggle("is-back", Boolean(refused));
  if (home.focused) card.querySelector(".title").focus();
}

async function post(key, values, home) {
  let status = 0;
  const note = ({ detail }) => {
    if (detail.requestConfig.verb === "post" && detail.requestConfig.elt === board()) status = detail.xhr.status;
  };
  document.addEventListener("htmx:afterRequest", note);
  const path = `/${key}/move/${board().dataset.query}`;
  await window.htmx.ajax("POST", path, { source: board(), swap: "none", values }).catch(() => {});
  document.removeEventListener("htmx:afterRequest", note);
  if (moving.get(key) > 1) moving.set(key, moving.get(key) - 1);
  else moving.delete(key);
  if (status < 200 || status >= 300) {
    goHome(key, home);
    if (status === 409 || status === 404) await refresh();
  }
  document.dispatchEvent(new CustomEvent("move-answered"));
}

// Sends the place in which the card now stands. `to` names another state where the card did not go there.
export function send(card, home, to = stateOf(card)) {
  const key = card.dataset.issue;
  const values = { to, seen: home.state, view: "board" };
  const [above, below] = [card.previousElementSibling, card.nextElementSibling];
  if (to === stateOf(card) && above?.matches(".card")) values.after = numberOf(above);
  else if (to === stateOf(card) && below?.matches(".card")) values.before = numberOf(below);
  for (const old of document.querySelectorAll(`[data-about="${CSS.escape(key)}"]`)) old.remove();
  card.classList.remove("is-back");
  moving.set(key, (moving.get(key) ?? 0) + 1);
  queue = queue.then(() => post(key, values, home));
}

// Puts a card into a column, on top or where `put` says, and sends it.
export function moveTo(card, slug, put = placeOnTop) {
  const home = homeOf(card);
  put(card, listOf(columnOf(slug)));
  if (home.focused) card.querySelector(".title").focus();
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (card.parentElement !== home.list || card.nextElementSibling !== home.next) send(card, home);
}

function settle(card, { state, after }) {
  const list = listOf(columnOf(state));
  const above = after && cardOf(`${board().dataset.board}-${after}`);
  if (above?.parentElement === list) {
    if (above.nextElementSibling !== card) above.after(card);
  } else if (after) {
    if (card.parentElement !== list) placeAtFoot(card, list);
  } else if (list.querySelector(":scope > .card") !== card) {
    placeOnTop(card, list);
  }
}

export function placed({ key, state, after, seq, words }) {
  if (!board()) return;
  const card = cardOf(key);
  if (card && !state) card.remove();
  else if (card && (moving.get(key) ?? 0) < 2) settle(card, { state, after });
  if (card && focused === key) card.querySelector(".title").focus({ preventScroll: true });
  focused = "";
  // The own change needs no second look; where others changed something too, the next look finds it.
  if (seq === Number(board().dataset.seq) + 1) board().dataset.seq = seq;
  say(words);
  document.dispatchEvent(new CustomEvent("view-drawn"));
}

document.addEventListener("issue-placed", (event) => placed(event.detail));
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const card = detail.target.closest?.(".card");
  if (card?.matches(".is-ghost, .is-drag, .sortable-chosen")) detail.shouldSwap = false;
  if (card?.contains(document.activeElement)) focused = card.dataset.issue;
});

// Who answers a dialog with Esc is back at the card.
document.addEventListener("close", ({ target }) => {
  if (target.dataset?.about && board()) cardOf(target.dataset.about)?.querySelector(".title").focus();
}, true);

// A card keeps its red edge until its toast goes.
new MutationObserver(() => {
  for (const card of document.querySelectorAll(".card.is-back")) {
    if (!document.querySelector(`#toasts [data-about="${CSS.escape(card.dataset.issue)}"]`)) card.classList.remove("is-back");
  }
}).observe(document.getElementById("toasts"), { childList: true });
