// The keys of the board. Which key does what is read from the key sheet. Never while typing, composing, asked something,
// or with the focus in the panel, whose own keys are keys.js's.

import { board, cardsIn, chosenCard, columns, placeAtFoot, stateOf } from "./board-cards.js";
import { step, stepAcross } from "./board-focus.js";
import { assignToMe, menuCard, openMenu, openPick } from "./board-menu.js";
import { moveTo } from "./board-move.js";
import { openAdding } from "./quick-add.js";
import { close, open, openKey } from "./panel.js";

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const OUTSIDE = "#panel, .rail, .top, .sub, #toasts, #dialogs";
const sheet = new Map([...document.querySelectorAll("#keysheet [data-command]")].map((key) => [key.dataset.press, key.dataset.command]));

const across = (card, by) => {
  const all = columns();
  const next = all[all.indexOf(card.closest("[data-state]")) + by];
  if (next) moveTo(card, next.dataset.state);
};

const shift = (card, by) => {
  const cards = cardsIn(card.closest("[data-state]"));
  const other = cards[cards.indexOf(card) + by];
  if (other) moveTo(card, stateOf(card), () => (by < 0 ? other.before(card) : other.after(card)));
};

const pathOf = (card) => card.querySelector(".title").getAttribute("href");

const FREE = {
  up: () => step(-1),
  down: () => step(1),
  left: () => stepAcross(-1),
  right: () => stepAcross(1),
  add: () => openAdding(chosenCard()),
};

const ON_CARD = {
  open: (card) => open(pathOf(card)),
  peek: (card) => (openKey() === card.dataset.issue ? close() : open(pathOf(card), { focus: false })),
  "move-left": (card) => across(card, -1),
  "move-right": (card) => across(card, 1),
  "move-up": (card) => shift(card, -1),
  "move-down": (card) => shift(card, 1),
  "move-top": (card) => moveTo(card, stateOf(card)),
  "move-foot": (card) => moveTo(card, stateOf(card), placeAtFoot),
  menu: (card) => openMenu(card),
  "assign-me": (card) => assignToMe(card),
  "pick-assignee": (card) => openPick(card, "assignee"),
  "pick-priority": (card) => openPick(card, "priority"),
  "pick-labels": (card) => openPick(card, "labels"),
  "pick-due": (card) => openPick(card, "due"),
};

function nameOf(event) {
  const key = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key;
  const shifted = event.shiftKey && key.length > 1 ? "Shift+" : "";
  return `${event.altKey ? "Alt+" : ""}${shifted}${key}`;
}

// True where the key was one of the board's and has done something.
function press(event) {
  const command = sheet.get(nameOf(event));
  if (FREE[command]) {
    FREE[command]();
    follow();
    return true;
  }
  const card = chosenCard();
  if (!ON_CARD[command] || !card) return false;
  if ((command === "open" || command === "peek") && !document.activeElement.matches(".card > .title")) return false;
  ON_CARD[command](card);
  return true;
}

// While one peeks, the panel goes along with the focus.
let pause = 0;
function follow() {
  clearTimeout(pause);
  const card = chosenCard();
  if (!openKey() || !card || openKey() === card.dataset.issue) return;
  pause = setTimeout(() => open(pathOf(card), { focus: false }), 150);
}

document.addEventListener("keydown", (event) => {
  if (!board() || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return;
  if (event.target.closest?.(`${TYPING}, ${OUTSIDE}`)) return;
  if (document.querySelector("dialog:modal, :popover-open")) return;
  if (press(event)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);

// The same commands from the card's menu.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#card-menu [data-do], #card-menu [data-to]");
  const card = button && menuCard();
  if (!card) return;
  button.closest("[popover]").hidePopover();
  if (button.dataset.to) moveTo(card, button.dataset.to);
  else ON_CARD[button.dataset.do](card);
});
