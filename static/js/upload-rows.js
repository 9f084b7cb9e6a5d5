// Files on their way, as they show: a row each, with how far it is and what can be done, where its `host` says. Says
// now and then how far all of them are.

import { all, forget, isUnsent, pause, remove, resume, words } from "./upload-send.js";

const [OFTEN, KILO] = [4000, 1024];
const UNITS = ["KB", "MB", "GB", "TB"];
const GOOD = new Set(["checking", "ready"]);
const rows = new Map();
const language = document.documentElement.lang;
let told = 0;

// As the server says it (config/jinja.py, filesize): 17 bytes, 9.3 KB, 25 MB.
export function sizeOf(bytes) {
  const power = UNITS.findLastIndex((_unit, at) => bytes >= KILO ** (at + 1));
  if (power < 0) return new Intl.NumberFormat(language, { style: "unit", unit: "byte", unitDisplay: "long", useGrouping: false }).format(bytes).replace(" ", "\u00a0");
  const amount = Math.floor(10 * bytes / KILO ** (power + 1) + 0.5) / 10;
  return `${new Intl.NumberFormat(language, { useGrouping: false }).format(amount)}\u00a0${UNITS[power]}`;
}

const percentOf = (item) => Math.floor(100 * item.sent / (item.size || 1));
export const parse = (html) => document.adoptNode(new DOMParser().parseFromString(html, "text/html").body.firstElementChild);

// --- A row -----------------------------------------------------------------------------------------------------------

function make(item) {
  const row = document.querySelector("template[data-upload-row]").content.firstElementChild.cloneNode(true);
  row.id = `upload-${item.id}`;
  for (const name of ["pause", "resume", "again", "remove"]) {
    row.querySelector(`[data-upload-${name}]`).addEventListener("click", () => press(name, item, row));
  }
  rows.set(item, row);
  return row;
}

// The button that was pressed is gone; what it does now is pressed next.
function press(name, item, row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  const otherwise = next?.querySelector("button, input, a") ?? row.closest("form")?.elements.body;
  ({ pause, resume, again: resume, remove })[name](item);
  (row.isConnected ? row.querySelector("button:not([hidden])") : otherwise)?.focus();
}

function stateWords(item) {
  if (item.why) return item.why;
  return item.state === "sending" ? `${percentOf(item)} %` : words(item.state);
}

function dress(row, item) {
  const { state } = item;
  row.dataset.state = state;
  row.querySelector(".name").textContent = item.name;
  row.querySelector("[data-upload-size]").textContent = item.size ? sizeOf(item.size) : "";
  const bar = row.querySelector("progress");
  bar.hidden = !isUnsent(item);
  bar.value = percentOf(item);
  bar.setAttribute("aria-label", item.name);
  const line = row.querySelector("[data-upload-state]");
  line.textContent = stateWords(item);
  line.className = item.why || state === "failed" ? "bad" : "dim";
  const shown = { pause: ["waiting", "sending"].includes(state), resume: state === "paused", again: state === "away" || (state === "failed" && item.blob), remove: item.isDraft || !GOOD.has(state) };
  for (const [name, isShown] of Object.entries(shown)) {
    const button = row.querySelector(`[data-upload-${name}]`);
    button.hidden = !isShown;
    button.setAttribute("aria-label", words(name, item.name));
  }
  const thumb = state === "ready" && item.file?.thumb;
  if (thumb && !row.querySelector("img")) {
    row.querySelector(".sign").replaceChildren(Object.assign(document.createElement("img"), { src: thumb, alt: "" }));
  }
}

// A part of the page that was drawn anew has lost its rows.
export function place(item) {
  const host = item.host();
  const row = rows.get(item);
  if (!host || !row) return;
  // The server's card of a file that is still shown as being sent.
  if (item.file) document.getElementById(`file-${item.file.uuid}`)?.remove();
  if (row.parentElement !== host) host.insertBefore(row, host.querySelector(":scope > :has(> .adder)"));
}

export function drop(item) {
  rows.get(item)?.remove();
  rows.delete(item);
}

// The card of what has arrived takes the row's place, or that of the card which said that it comes. A list that stands
// elsewhere reads itself again.
export function replace(item) {
  const [row, old, card] = [rows.get(item), document.getElementById(`file-${item.file.uuid}`), parse(item.file.html)];
  const hadFocus = row?.contains(document.activeElement);
  if (old) old.replaceWith(card);
  else if (row?.isConnected && !row.parentElement.matches("[data-tray]")) row.before(card);
  window.htmx?.process(card);
  document.body.dispatchEvent(new CustomEvent("files-changed", { bubbles: true }));
  if (hadFocus) card.querySelector("a.name")?.focus();
  drop(item);
  forget(item);
}

function show(item) {
  if (item.state === "gone" || item.isShown) {
    drop(item);
    return;
  }
  if (!rows.has(item)) make(item);
  dress(rows.get(item), item);
  place(item);
}

// --- Hearing how far it is -------------------------------------------------------------------------------------------

function say(text) {
  const region = document.querySelector("[data-upload-said]");
  if (region) region.textContent = text;
}

function tell(item) {
  const busy = all().filter((one) => one.state === "sending");
  if (["ready", "refused", "failed", "away"].includes(item.state)) say(words("said", item.name, stateWords(item)));
  else if (item.state === "sending" && Date.now() - told > OFTEN) {
    told = Date.now();
    const [sent, size] = ["sent", "size"].map((name) => busy.reduce((sum, one) => sum + one[name], 0));
    const percent = Math.floor(100 * sent / (size || 1));
    say(busy.length > 1 ? words("saidMany", busy.length, percent) : words("saidOne", item.name, percent));
  }
}

document.addEventListener("upload-changed", ({ detail: item }) => {
  show(item);
  tell(item);
  item.changed?.(item);
  document.dispatchEvent(new CustomEvent("upload-shown", { detail: item }));
});
for (const name of ["htmx:load", "issue-drawn", "view-drawn", "talk-changed"]) {
  document.addEventListener(name, () => { for (const item of all()) place(item); });
}
