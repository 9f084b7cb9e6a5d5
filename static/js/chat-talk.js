// The conversation on screen: a project's room, or the discussion of an issue on its page or in the panel. There is one at
// a time. Holds what the modules of a conversation share: where things stand, and how the server is asked.

import { look } from "./live.js";

export const me = document.body.dataset.me ?? "";
export const talk = () => document.querySelector("#panel .talk[data-thread]") ?? document.querySelector("#main .talk[data-thread]");
export const list = () => talk()?.querySelector("[data-messages]") ?? null;
export const isRoom = () => !talk().dataset.issue;
export const place = () => talk()?.dataset.issue ?? talk()?.dataset.project ?? "";
export const thread = () => Number(talk()?.dataset.thread ?? 0);
export const known = () => Number(talk().dataset.seq);
export const hasNewer = () => Boolean(talk().querySelector("[data-newer]"));
export const composer = () => talk()?.querySelector("[data-composer]") ?? null;
export const words = (name) => talk().querySelector("[data-talk-words]").dataset[name];
export const count = (name, number) => words(number === 1 ? `${name}One` : `${name}Many`).replace("{}", number);

// Those that the server has; what is still on its way has no number.
export const messages = () => (list() ? [...list().querySelectorAll(".message[data-seq]")] : []);
export const messageOf = (element) => element?.closest?.(".talk .message[data-seq]") ?? null;
export const pathOf = (message) => `/${talk().dataset.project}/messages/${message.dataset.message}/`;
export const nameIn = (message) => message.querySelector("header > b, .what > .hush")?.textContent.replace(/: $/, "") ?? "";
export const textIn = (message) => message.querySelector(".md")?.textContent.trim().replace(/\s+/g, " ") ?? "";

export function advance(seq) {
  talk().dataset.seq = Math.max(known(), seq);
}

// A conversation has no number until something is said in it.
export function nameThread(id) {
  if (thread() === id) return;
  talk().dataset.thread = id;
  look(id);
}

export const parse = (html) => new DOMParser().parseFromString(html, "text/html");

export async function part(url) {
  const response = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  return response?.ok && !response.redirected ? parse(await response.text()) : null;
}

// Answers with HTML, and where it refuses with JSON that says why.
export function post(url, fields) {
  const headers = { "HX-Request": "true", Accept: "application/json", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
  return fetch(url, { method: "POST", headers, body: new URLSearchParams(fields), signal: AbortSignal.timeout(20_000) });
}

export async function reason(response) {
  const answer = await response.json().catch(() => null);
  return answer?.error ?? words("refused");
}

export const toast = (detail) => document.dispatchEvent(new CustomEvent("toast", { detail }));

// --- Which one it is -------------------------------------------------------------------------------------------------

const openers = [];
let shown = null;

// `act` is called for each conversation that comes on screen, and for the one that is there.
export const opened = (act) => openers.push(act);

function follow() {
  const now = talk();
  if (now === shown) return;
  shown = now;
  document.dispatchEvent(new CustomEvent("talk-changed"));
  if (now) for (const act of openers) act(now);
}

export function watch() {
  document.addEventListener("htmx:load", follow);
  // The panel closes without a request.
  new MutationObserver(follow).observe(document.getElementById("panel"), { childList: true });
  follow();
}
