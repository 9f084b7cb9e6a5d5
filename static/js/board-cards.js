// Where things are on a board.

// Cards whose move is on its way to the server, and how many moves of each.
export const moving = new Map();

export const board = () => document.querySelector("[data-board]");
export const cardOf = (key) => board()?.querySelector(`.card[data-issue="${CSS.escape(key)}"]`) ?? null;
export const columns = () => [...board().querySelectorAll("[data-state]")];
export const columnOf = (slug) => board().querySelector(`[data-state="${CSS.escape(slug)}"]`);
export const listOf = (column) => column.querySelector(":scope > ol");
export const cardsIn = (column) => [...listOf(column).querySelectorAll(":scope > .card")];
export const stateOf = (card) => card.closest("[data-state]").dataset.state;
export const numberOf = (card) => card.dataset.issue.split("-")[1];

// Cards stand between what an empty column teaches and the way to further ones.
export function placeAtFoot(card, list) {
  list.insertBefore(card, list.querySelector(":scope > .more"));
}

export function placeOnTop(card, list) {
  list.insertBefore(card, [...list.querySelectorAll(":scope > .card")].find((other) => other !== card) ?? list.querySelector(":scope > .more"));
}

export function say(words) {
  if (words) document.getElementById("said").textContent = words;
}

// The card that a key means: the one with the focus, otherwise the one under the pointer.
export function chosenCard() {
  return document.activeElement.closest?.(".card[data-issue]") ?? board()?.querySelector(".card:hover") ?? null;
}
