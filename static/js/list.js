// The list for someone who is logged in: rows by keyboard, ticks and ranges of ticks, and the bar that counts them. Which key
// does what is read from the key sheet. Never while typing, composing or asked something.

import { state } from "./live.js";
import { close, open, openKey } from "./panel.js";
import { refresh, view } from "./view.js";

const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const OUTSIDE = "#panel, .rail, .top, .sub, #toasts, #dialogs, .bulk";
const sheet = new Map([...document.querySelectorAll("#keysheet [data-command]")].map((key) => [key.dataset.press, key.dataset.command]));
let last = null;

const rows = () => [...view().querySelectorAll("tr[data-issue]")];
const boxes = () => [...view().querySelectorAll("input[name=number]")];
const boxOf = (row) => row?.querySelector("input[name=number]");
const linkOf = (row) => row.querySelector(".title");
const current = () => document.activeElement.closest?.("tr[data-issue]")
  ?? view().querySelector(`[data-issue="${CSS.escape(openKey() || "-")}"]`);

function count() {
  const ticked = boxes().filter((box) => box.checked).length;
  const words = view().querySelector("[data-ticked]");
  if (words) words.textContent = ticked === 1 ? words.dataset.one : words.dataset.many.replace("{}", ticked);
  const all = view().querySelector("[data-tick-all]");
  if (!all) return;
  all.checked = ticked > 0 && ticked === boxes().length;
  all.indeterminate = ticked > 0 && !all.checked;
}

function tick(box, on = !box.checked) {
  box.checked = on;
  last = box;
}

function tickTo(box, on) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)];
  if (from < 0) return;
  for (const between of all.slice(Math.min(from, to), Math.max(from, to) + 1)) between.checked = on;
}

function step(by) {
  const all = rows();
  const at = all.indexOf(current());
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  if (!next) return null;
  linkOf(next).focus();
  if (openKey() && openKey() !== next.dataset.issue) open(linkOf(next).getAttribute("href"), { focus: false });
  return next;
}

function range(by) {
  const row = current() ?? rows()[0];
  if (!boxOf(row)) return;
  tick(boxOf(row), true);
  const next = step(by);
  if (next) tick(boxOf(next), true);
}

const COMMANDS = {
  up: () => step(-1),
  down: () => step(1),
  open: () => current() && open(linkOf(current()).getAttribute("href")),
  tick: () => boxOf(current()) && tick(boxOf(current())),
  "range-up": () => range(-1),
  "range-down": () => range(1),
  all: () => boxes().forEach((box) => tick(box, true)),
  none: () => (openKey() ? close() : boxes().forEach((box) => tick(box, false))),
};

const pressed = (event) => `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.shiftKey && event.key.length > 1 ? "Shift+" : ""}${event.key}`;

document.addEventListener("keydown", (event) => {
  if (!view() || event.defaultPrevented || event.isComposing || event.altKey) return;
  if (event.target.closest?.(TYPING) || event.target.closest?.(OUTSIDE)) return;
  if (document.querySelector("dialog:modal, :popover-open")) return;
  const command = sheet.get(pressed(event));
  if (!command || (command === "open" && event.target.closest("a, button"))) return;
  event.preventDefault();
  COMMANDS[command]();
  count();
});

let withShift = false;
document.addEventListener("click", (event) => {
  withShift = event.shiftKey;
}, true);

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-tick-all]")) {
    for (const box of boxes()) box.checked = event.target.checked;
  } else if (event.target.matches("input[name=number]")) {
    if (withShift && last) tickTo(event.target, event.target.checked);
    last = event.target;
  } else return;
  count();
});

document.addEventListener("reset", (event) => {
  if (!event.target.matches("#bulk")) return;
  for (const box of boxes()) box.checked = false;
  count();
});

document.addEventListener("issues-changed", () => {
  for (const dialog of document.querySelectorAll("#dialogs > dialog")) dialog.close();
  for (const menu of view().querySelectorAll(".bulk [popover]:popover-open")) menu.hidePopover();
  for (const box of boxes()) box.checked = false;
  refresh();
});
document.addEventListener("issue-changed", () => refresh());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && state().state !== "live") refresh();
});
document.addEventListener("view-drawn", () => {
  last = null;
  count();
});
count();
