// The messages are one stop of the Tab key; arrows or J and K go from one to the next, and single keys act on the one that
// has the focus. Which key does what is read from the key sheet. Never while typing, composing or asked something.

import { choose, openMenu, react } from "./chat-act.js";
import { answer } from "./chat-composer.js";
import { isRoom, messageOf, messages, opened, talk } from "./chat-talk.js";
import { toFoot } from "./chat-scroll.js";

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const sheet = new Map([...document.querySelectorAll("#keysheet [data-talk-command]")].map((key) => [key.dataset.talkPress, key.dataset.talkCommand]));

function focus(message) {
  if (!message) return;
  message.focus({ preventScroll: true });
  message.scrollIntoView({ block: "nearest" });
}

function step(message, by) {
  const all = messages();
  focus(message ? all[all.indexOf(message) + by] : all.at(-1));
}

const COMMANDS = {
  up: (message) => step(message, -1),
  down: (message) => step(message, 1),
  first: () => focus(messages()[0]),
  last: () => { toFoot(); focus(messages().at(-1)); },
  answer: (message) => answer(message),
  react: (message) => react(message),
  menu: (message) => openMenu(message),
  edit: (message) => choose(message, "[data-edit]"),
  issue: (message) => choose(message, "[data-make-issue]"),
  copy: (message) => choose(message, "[data-copy]"),
  versions: (message) => choose(message, "[hx-get$='/versions/']"),
  delete: (message) => choose(message, "form[action$='/delete/'] button"),
};

// Without a message that has the focus only a room has these keys; an issue has others of that name.
function commandFor(event, message) {
  const command = sheet.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (message) return command;
  const isFree = isRoom() && document.activeElement === document.body;
  return isFree && ["j", "k"].includes(event.key) ? "up" : null;
}

document.addEventListener("keydown", (event) => {
  if (!talk() || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog:modal, :popover-open")) return;
  const message = messageOf(event.target);
  const command = commandFor(event, message);
  if (!command || (event.repeat && !["up", "down"].includes(command))) return;
  event.preventDefault();
  event.stopPropagation();
  COMMANDS[command](message);
}, true);

// --- One stop of the Tab key -----------------------------------------------------------------------------------------

function rove(message) {
  for (const other of talk().querySelectorAll(".message[tabindex='0']")) if (other !== message) other.tabIndex = -1;
  if (message) message.tabIndex = 0;
}

document.addEventListener("focusin", (event) => {
  const message = messageOf(event.target);
  if (message) rove(message);
});
document.addEventListener("talk-grown", () => {
  if (!talk().querySelector(".message[tabindex='0']")) rove(messages().at(-1));
  else if (!messageOf(document.activeElement)) rove(messages().at(-1));
});
opened(() => rove(messages().at(-1)));
