// An issue that is on screen follows what others do to it: its fields change where they stand. What is being edited stays,
// with a word beside it where someone else changed that very text; saving then asks, as ever, whose words shall stand.

import { keepingFocus, morph } from "./morph.js";
import { close, openKey } from "./panel.js";
import { keepEarlier } from "./stream.js";

const PAUSE = 150;
const JITTER = 150;
const REST = 2000;
const OPEN = "details[data-editor][open], :popover-open, .message:has([data-message-edit])";
const PARTS = ["issue-body", "issue-bar", "issue-files", "issue-stream", "discussion-count"];
let pause = 0;
let rested = 0;
let isBehind = false;
let names = {};

const body = () => document.querySelector("#issue-body:not([data-clash])");
const keyOf = () => body()?.dataset.issueBody;
const isOld = () => Boolean(document.querySelector("[data-issue-view]")?.parentElement.querySelector(":scope > .past"));

// What the reader is at is left as it is; once they are done, it is made like the rest.
function stays(old, fresh) {
  // A message that came after the page was read is not gone.
  if (!fresh && old.matches?.("[data-message], [data-upload], ul.files:has(> [data-upload])")) return true;
  if (!old.matches?.(OPEN)) return false;
  isBehind = true;
  if (old.matches("[data-editor]")) warn(old, fresh);
  return true;
}

function warn(editor, fresh) {
  const [mine, theirs] = [editor, fresh].map((part) => part?.querySelector("textarea"));
  const note = editor.querySelector("[data-meanwhile]");
  if (!note || !theirs || mine.defaultValue === theirs.defaultValue || !names[mine.name]) return;
  note.textContent = note.dataset.meanwhile.replace("{}", names[mine.name]);
  note.hidden = false;
}

async function read(key) {
  const part = document.getElementById("issue-shown");
  const query = new URLSearchParams({ ...(openKey() === key && { panel: 1 }), ...(part && { show: part.value }) });
  const response = await fetch(`/${key}/?${query}`, { headers: { "HX-Request": "true", "HX-Target": "issue-body" } });
  if (!response.ok || response.redirected) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

async function update() {
  const key = keyOf();
  if (!key || isOld()) return;
  rested = Date.now() + REST;
  const page = await read(key).catch(() => null);
  const fresh = page?.getElementById("issue-body");
  if (keyOf() !== key || !fresh || Number(fresh.dataset.version) < Number(body().dataset.version)) return;
  isBehind = false;
  keepingFocus(() => {
    for (const id of PARTS) {
      const [old, now] = [document.getElementById(id), page.getElementById(id)];
      if (!old || !now) continue;
      now.removeAttribute("hx-swap-oob");
      if (id === "issue-stream") keepEarlier(old, now);
      if (id === "issue-files") now.firstElementChild.open = old.firstElementChild.open;
      morph(old, now, stays);
      window.htmx?.process(old);
    }
  });
  document.dispatchEvent(new CustomEvent("issue-drawn", { detail: { key } }));
}

// At once where it has been quiet, otherwise at most once in REST; whoever has just closed an editor waits for nothing.
function soon(until = rested) {
  clearTimeout(pause);
  pause = setTimeout(update, Math.max(PAUSE, until - Date.now()) + Math.random() * JITTER);
}

// The words stay to be read and copied; the panel goes unless something in it is being written.
function gone({ key, name }) {
  if (keyOf() !== key) return;
  const [title, text] = body().dataset.gone.split("|");
  if (openKey() === key && !body().querySelector("details[data-editor][open]")) close();
  document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "warn", title: title.replace("{}", name), text } }));
}

function hear(frame) {
  if (frame.gone) setTimeout(gone, PAUSE, frame);
  else if (frame.version > Number(body().dataset.version)) {
    names = { ...names, ...frame.fields };
    soon();
  }
}

document.addEventListener("live-frames", ({ detail }) => {
  const key = keyOf();
  if (!key) return;
  for (const frame of detail.frames) {
    if (frame.k === "issue" && frame.key === key) hear(frame);
    else if (frame.k === "files" && frame.issue === key) soon();
    else if (frame.k === "project" && key.startsWith(`${detail.project}-`)) soon();
  }
});
document.addEventListener("live-reset", () => soon());
document.addEventListener("files-changed", () => soon(0));
document.addEventListener("toggle", (event) => {
  if (isBehind && event.target.closest?.("#issue-body, #issue-bar")) soon(0);
}, true);
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "issue-body" || detail.target.id === "panel") names = {};
});
