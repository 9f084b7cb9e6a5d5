// What is done with a message: signs, its menu, editing in place, an issue made of it. What the reader may do the server
// says, by the menu that it sends; a key does what the line of that menu does.

import { load } from "./load.js";
import { replace } from "./chat-list.js";
import { composer, me, messageOf, messages, opened, parse, pathOf, post, reason, talk, toast } from "./chat-talk.js";

const GAP = 4;
const menu = () => document.getElementById("talk-menu");
const signs = () => document.getElementById("talk-react");
const dialogs = document.getElementById("dialogs");
let about = "";

const current = () => document.getElementById(about);

function openBeside(popover, element) {
  popover.showPopover();
  const at = element.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const top = at.bottom + GAP + height <= innerHeight ? at.bottom + GAP : Math.max(GAP, at.top - GAP - height);
  Object.assign(popover.style, { inset: "auto", margin: "0", top: `${top}px` });
  popover.style.left = `${Math.min(Math.max(GAP, at.right - width), innerWidth - width - GAP)}px`;
}

const handle = (message, name) => {
  const link = message.querySelector(`.tools [${name}]`);
  return link?.checkVisibility() ? link : message.querySelector(".what") ?? message;
};

export function react(message) {
  if (!signs() || "deleted" in message.dataset) return;
  about = message.id;
  for (const button of signs().querySelectorAll("button")) button.setAttribute("formaction", `${pathOf(message)}react/`);
  openBeside(signs(), handle(message, "data-react"));
  signs().querySelector("button").focus();
}

async function readMenu(message) {
  about = message.id;
  if (!await load(`${pathOf(message)}menu/`, menu()) || about !== message.id) return false;
  // Its lines are pressed at once, before htmx has come round to them.
  window.htmx.process(menu());
  return true;
}

export async function openMenu(message) {
  if (await readMenu(message)) openBeside(menu(), handle(message, "data-message-menu"));
}

// Presses a line of the message's menu, if this reader's has it.
export async function choose(message, line) {
  if (await readMenu(message)) menu().querySelector(line)?.click();
}

export function editMine() {
  const mine = messages().reverse().find((message) => message.dataset.author === me && !("deleted" in message.dataset));
  if (mine) choose(mine, "[data-edit]");
}

async function give(button) {
  const message = button.hasAttribute("data-give") ? current() : messageOf(button);
  signs()?.hidePopover();
  const response = await post(button.formAction, { [button.name]: button.value }).catch(() => null);
  if (!response?.ok) {
    toast({ kind: "bad", title: response ? await reason(response) : document.getElementById("toasts").dataset.offline.split("|")[0] });
    return;
  }
  const fresh = parse(await response.text()).querySelector(".message");
  if (fresh) replace(fresh);
  if (document.activeElement === document.body) message?.focus({ preventScroll: true });
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "talk-act") return;
  event.preventDefault();
  event.stopPropagation();
  if (event.submitter) give(event.submitter);
}, true);

document.addEventListener("click", (event) => {
  if (!talk() || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest?.(".talk .message a, #talk-menu a");
  if (!link) return;
  const message = messageOf(link) ?? current();
  if (link.matches("[data-react]")) react(message);
  else if (link.matches("[data-message-menu]")) openMenu(message);
  else if (link.matches("[data-make-issue], [data-versions]")) load(link.getAttribute("href"), dialogs);
  // Reading the form and copying are others' work.
  else if (!link.matches("#talk-menu [data-copy], #talk-menu [hx-get]")) return;
  event.preventDefault();
  if (link.closest("#talk-menu")) menu().hidePopover();
});

// What the menu's forms do is done.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.closest?.("#talk-menu") && menu().matches(":popover-open")) menu().hidePopover();
});

// A refused text comes back in its form, which takes the form's place and not the message's.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (!form.matches?.("[data-message-edit]") || ![409, 422].includes(detail.xhr.status)) return;
  if (!form.isConnected || detail.xhr.getResponseHeader("HX-Retarget")) return;
  detail.target = form;
});

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  const text = elt.matches?.("[data-message-edit]") && elt.elements.body;
  if (text) {
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
    elt.scrollIntoView({ block: "nearest" });
  } else if (messageOf(elt) === elt && document.activeElement === document.body) elt.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  const form = event.target.closest?.("[data-message-edit]");
  if (form && event.key === "Escape") {
    const cancel = form.querySelector("[data-edit-cancel]");
    // Words that were changed are not thrown away by one key.
    if (form.elements.body.value === form.elements.body.defaultValue) cancel.click();
    else cancel.focus();
    event.preventDefault();
    event.stopPropagation();
  }
  const isBack = event.key === "ArrowUp" && event.target === composer()?.elements.body && !event.target.value;
  if (isBack && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
    event.preventDefault();
    editMine();
  }
  const row = event.target.closest?.("#talk-react .signs, #talk-menu .signs");
  if (row && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    const all = [...row.children];
    all.at((all.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : -1)) % all.length).focus();
    event.preventDefault();
  }
}, true);

// Back to the message from what lay over it.
document.addEventListener("toggle", (event) => {
  if (event.newState !== "closed" || !["talk-react", "talk-menu"].includes(event.target.id)) return;
  if (document.activeElement === document.body || event.target.contains(document.activeElement)) current()?.focus({ preventScroll: true });
}, true);

opened(() => { about = ""; });
