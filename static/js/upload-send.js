// Sends files from this browser straight to the storage, three at a time. The server names the place and is told when a file
// is there; each file carries an id of its own, by which the server knows it again, so that no retry ever doubles it. What
// becomes of a file is told as the event upload-changed on document. Nothing here knows how a page shows it.

import { newId } from "./ids.js";

const [AT_ONCE, SILENCE, LONGEST, FIRST] = [3, 6000, 60_000, 2000];
const [SOON, SLOW] = [1000, 5000];
const FINAL = new Set([400, 403, 404, 409, 410, 413, 422]);
export const UNSENT = new Set(["waiting", "sending", "away", "paused"]);
const items = new Set();
let active = 0;

export const words = (name, ...values) => values.reduce(
  (text, value) => text.replace("{}", () => value), document.querySelector("[data-upload-words]")?.dataset[name] ?? "");
export const all = () => [...items];
export const isUnsent = (item) => UNSENT.has(item.state);

// `isFinal`: no retry would change it.
class Trouble extends Error {
  constructor(why, isFinal = false) {
    super(why);
    this.isFinal = isFinal;
  }
}

function change(item, state, why = "") {
  Object.assign(item, { state, why });
  document.dispatchEvent(new CustomEvent("upload-changed", { detail: item }));
}

// --- Asking the server -----------------------------------------------------------------------------------------------

const reasonOf = (answer) => answer?.error?.message ?? answer?.error ?? words("refused");

async function ask(item, url, fields) {
  const headers = { Accept: "application/json", "Content-Type": "application/json",
    "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
  const signal = AbortSignal.any([item.stop.signal, AbortSignal.timeout(SILENCE)]);
  signal.throwIfAborted();
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(fields), signal }).catch(() => null);
  if (!response) throw new Trouble(words(navigator.onLine ? "busy" : "offline"));
  if (response.redirected || response.status === 401) throw new Trouble(words("login"));
  if (response.ok) return response.json();
  if (FINAL.has(response.status)) throw new Trouble(reasonOf(await response.json().catch(() => null)), true);
  throw new Trouble(words("busy"));
}

async function look(item) {
  const response = await fetch(item.urls.state, { headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.status === 404) return { state: "gone" };
  // A former key of the project leads on to the present one; a page to log in is no answer.
  if (!response?.ok || !response.headers.get("Content-Type").startsWith("application/json")) return null;
  return (await response.json()).file;
}

// --- One file --------------------------------------------------------------------------------------------------------

async function announce(item) {
  const { name, id, place, issue } = item;
  const given = { name, size: item.blob.size, client_id: id, place, ...(issue && { issue: Number(issue) }) };
  const answer = await ask(item, item.start, given);
  item.file = answer.file;
  item.urls = answer;
  return answer.put;
}

const away = () => new Trouble(words(navigator.onLine ? "away" : "offline"));

// What the storage says to be wrong with the address may be its age: a retry asks for a new one, twice.
function judge(item, { status }) {
  if (status >= 500 || status === 429 || status === 408 || !status) return away();
  item.refusals += 1;
  return new Trouble(words("refused"), item.refusals > 2);
}

// Says after SILENCE that nothing moves. Each try waits longer before it gives up, for storages that are merely slow.
function put(item, { url, headers }) {
  return new Promise((done, fail) => {
    const xhr = new XMLHttpRequest();
    const patience = Math.min(LONGEST, SILENCE * 2 ** item.tries);
    const give = (error) => { clearTimeout(item.quiet); clearTimeout(item.given); fail(error); };
    item.cut = () => { give(away()); xhr.abort(); };
    const heard = () => {
      for (const timer of [item.quiet, item.given]) clearTimeout(timer);
      item.quiet = setTimeout(() => change(item, "sending", away().message), SILENCE);
      item.given = setTimeout(item.cut, patience);
    };
    xhr.upload.addEventListener("progress", ({ loaded }) => { heard(); item.sent = loaded; change(item, "sending"); });
    xhr.addEventListener("load", () => (xhr.status < 300 ? done() : give(judge(item, xhr))));
    xhr.addEventListener("error", () => give(away()));
    xhr.addEventListener("loadend", () => { clearTimeout(item.quiet); clearTimeout(item.given); });
    item.stop.signal.addEventListener("abort", item.cut);
    xhr.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    heard();
    xhr.send(item.blob);
  });
}

async function send(item) {
  change(item, "sending");
  const signed = await announce(item);
  // None: it has arrived at an earlier try.
  if (signed) await put(item, signed);
  item.sent = item.blob.size;
  item.file = (await ask(item, item.urls.finish, {})).file;
  item.blob = null;
  change(item, "checking");
  follow(item);
}

function stumble(item, error) {
  if (!(error instanceof Trouble)) reportError(error);
  item.sent = 0;
  if (error.isFinal) {
    change(item, "failed", error.message);
    return;
  }
  item.again = setTimeout(resume, Math.min(LONGEST / 2, FIRST * 2 ** item.tries), item);
  item.tries += 1;
  change(item, "away", error.message);
}

async function run(item) {
  const { signal } = item.stop = new AbortController();
  active += 1;
  // Paused and removed ones have been ended on purpose.
  await send(item).catch((error) => signal.aborted || stumble(item, error));
  active -= 1;
  turn();
}

function turn() {
  for (const item of items) {
    if (active >= AT_ONCE) return;
    if (item.state === "waiting") run(item);
  }
}

// Asks until the worker has looked at it, or the row is gone.
async function follow(item) {
  for (let pause = SOON; items.has(item); pause = Math.min(SLOW, pause * 1.4)) {
    await new Promise((wake) => { item.wake = wake; setTimeout(wake, pause); });
    const file = await look(item);
    if (!items.has(item)) return;
    if (file?.state === "gone") change(item, "refused", words("gone"));
    else if (file && file.state !== "checking") {
      item.file = file;
      change(item, file.state === "ready" ? "ready" : "refused", file.refusal);
    }
    if (item.state !== "checking") return;
  }
}

// --- What a page does ------------------------------------------------------------------------------------------------

// `home` says where it goes ({ start, place, issue }) and whatever whoever shows it wants to know of it again.
export function add(blob, name, home) {
  const item = { ...home, id: newId(), blob, name, size: blob.size, sent: 0, tries: 0, refusals: 0, stop: new AbortController() };
  items.add(item);
  change(item, "waiting");
  turn();
  return item;
}

// One that an earlier page has sent. Resolves once it is known how it stands.
export async function adopt(uuid, home) {
  const path = home.start.replace(/start\/$/, `${uuid}/`);
  const item = { ...home, id: uuid, name: "", size: 0, sent: 0, urls: { state: `${path}state/`, cancel: `${path}cancel/` }, stop: new AbortController() };
  items.add(item);
  change(item, "checking");
  const file = await look(item);
  if (file) Object.assign(item, { file: file.uuid ? file : null, name: file.name, size: file.size });
  // What had not arrived when that page was left cannot: the browser has let go of it.
  if (["gone", "pending"].includes(file?.state)) remove(item);
  else if (file?.state === "ready") change(item, "ready");
  else if (file && file.state !== "checking") change(item, "refused", file.refusal);
  else follow(item);
}

export function pause(item) {
  change(item, "paused");
  item.stop.abort();
}

export function resume(item) {
  if (!["away", "paused", "failed"].includes(item.state)) return;
  clearTimeout(item.again);
  change(item, "waiting");
  turn();
}

// Lets go of it here; the server keeps it.
export function forget(item) {
  items.delete(item);
  clearTimeout(item.again);
}

export function remove(item) {
  forget(item);
  change(item, "gone");
  item.stop.abort();
  if (!item.urls) return;
  item.stop = new AbortController();
  ask(item, item.urls.cancel, {}).catch(() => { /* The server forgets what nobody sends. */ });
}

addEventListener("offline", () => { for (const item of items) item.cut?.(); });
addEventListener("online", () => { for (const item of items) if (item.state === "away") resume(item); });
document.addEventListener("live-frames", () => { for (const item of items) item.wake?.(); });
addEventListener("beforeunload", (event) => {
  if (all().some(isUnsent)) event.preventDefault();
});
