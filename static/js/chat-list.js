// The messages of a conversation stand in the order of their numbers, each once, as the server would show them.

import { advance, isRoom, list, me, messages, parse, talk } from "./chat-talk.js";
import { keepingFocus, morph } from "./morph.js";

let asked = new Set();

// Issues of other projects are links until the server says what this reader may see of them; once for all that came together.
async function resolve() {
  const keys = [...asked];
  asked = new Set();
  for (let at = 0; at < keys.length; at += 50) {
    const response = await fetch(`/refs/?keys=${keys.slice(at, at + 50).join()}`).catch(() => null);
    if (!response?.ok) return;
    const { refs } = await response.json();
    for (const link of document.querySelectorAll(".talk a[data-ref]:not([href])")) {
      const chip = refs[link.dataset.ref] && parse(refs[link.dataset.ref]).body.firstElementChild;
      if (chip) link.replaceWith(document.adoptNode(chip));
    }
  }
}

function dressOne(message) {
  if (!message.hasAttribute("tabindex")) message.tabIndex = -1;
  message.classList.toggle("is-mine", message.dataset.author === me);
  message.classList.toggle("is-for-me", Boolean(me) && (message.dataset.mentions ?? "").split(" ").includes(me));
  for (const sign of message.querySelectorAll("[data-emoji]")) {
    sign.setAttribute("aria-pressed", String(Boolean(me) && sign.dataset.who.split(" ").includes(me)));
  }
}

// What the server shows to everybody alike is marked as this reader's: their own, what names them, their signs.
export function dress(root) {
  if (root.matches?.(".message[data-seq]")) dressOne(root);
  for (const message of root.querySelectorAll(".message[data-seq]")) dressOne(message);
  const links = root.querySelectorAll("a[data-ref]:not([href])");
  if (links.length && !asked.size) queueMicrotask(resolve);
  for (const link of links) asked.add(link.dataset.ref);
}

// Takes the place of the old one unless that is newer or being edited; focus and what is open on it stay.
export function replace(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old || old.querySelector("[data-message-edit]") || Number(old.dataset.version) > Number(fresh.dataset.version)) return;
  if (old.hasAttribute("tabindex")) fresh.tabIndex = old.tabIndex;
  fresh.classList.toggle("is-marked", old.matches(".is-marked"));
  dress(fresh);
  keepingFocus(() => morph(old, fresh), () => old);
  dress(old);
}

const isLine = (node) => node?.matches(".day, .unread");

function spotFor(seq) {
  let spot = messages().find((other) => Number(other.dataset.seq) > seq) ?? list().querySelector(":scope > .is-pending");
  while (isLine(spot?.previousElementSibling)) spot = spot.previousElementSibling;
  return spot;
}

// Puts list items in; each brings along the lines above it. Returns the messages that were not there before.
export function add(nodes) {
  const fresh = [];
  let above = [];
  for (const node of [...nodes]) {
    if (isLine(node)) {
      if (isRoom()) above.push(node);
      continue;
    }
    if (document.getElementById(node.id)) replace(node);
    else {
      const items = [...above, node].map((item) => document.adoptNode(item));
      const spot = spotFor(Number(node.dataset.seq));
      for (const item of items) list().insertBefore(item, spot ?? null);
      dress(node);
      fresh.push(node);
      advance(Number(node.dataset.seq));
    }
    above = [];
  }
  if (fresh.length) for (const nothing of talk().querySelectorAll(":scope > .empty, #issue-stream > p.dim")) nothing.remove();
  if (fresh.length) document.dispatchEvent(new CustomEvent("talk-grown", { detail: { fresh } }));
  return fresh;
}
