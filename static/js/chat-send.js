// What one sends shows at once and is kept in this browser until the server has it: through a lost connection, an ended
// session and a reload. Each carries an id of its own, by which the server knows it again, so that a retry never doubles it.

import { add } from "./chat-list.js";
import { composer, list, me, nameThread, opened, parse, place, post, reason, talk, toast, words } from "./chat-talk.js";
import { newId } from "./ids.js";

const FINAL = new Set([400, 403, 404, 409, 410, 413, 422]);
const [FIRST, LONGEST] = [2000, 30_000];
const NAME = `plumbline queue ${me}`;
const failed = new Set();
let running = null;
let pause = FIRST;
let retry = 0;

export function stored(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

// A browser that keeps nothing is no reason to refuse writing.
export function store(name, value) {
  try {
    if (value) localStorage.setItem(name, JSON.stringify(value));
    else localStorage.removeItem(name);
  } catch { /* private window or full */ }
}

let unsaved = [];
const queue = () => stored(NAME, unsaved);

function setQueue(items) {
  unsaved = items;
  store(NAME, items.length ? items : null);
  draw();
}

const drop = (id) => setQueue(queue().filter((item) => item.id !== id));

export const filesIn = (form) => new FormData(form).getAll("files");

// --- What waits, as it shows -----------------------------------------------------------------------------------------

function lineOf(item) {
  const line = talk().querySelector("template[data-pending]").content.firstElementChild.cloneNode(true);
  line.id = `pending-${item.id}`;
  line.dataset.pending = item.id;
  line.querySelector("[data-pending-text]").textContent = [item.body, ...(item.names ?? [])].filter(Boolean).join("\n");
  return line;
}

export function draw() {
  if (!talk() || !list()) return;
  const items = queue().filter((item) => item.place === place());
  const wanted = new Set(items.map((item) => `pending-${item.id}`));
  for (const line of list().querySelectorAll(":scope > .is-pending")) if (!wanted.has(line.id)) line.remove();
  for (const item of items) {
    const line = document.getElementById(`pending-${item.id}`) ?? list().appendChild(lineOf(item));
    line.querySelector("[data-sending]").hidden = failed.has(item.id);
    line.querySelector("[data-unsent]").hidden = !failed.has(item.id);
  }
  if (items.length) for (const nothing of talk().querySelectorAll(":scope > .empty, #issue-stream > p.dim")) nothing.remove();
}

// --- Sending ---------------------------------------------------------------------------------------------------------

// Nothing that was written is lost: it goes back to where it was written, above what stands there by now.
function giveBack(item, why) {
  const form = item.place === place() && composer();
  if (!form) {
    const name = `plumbline draft ${me} ${item.place}`;
    const draft = stored(name, { body: "" });
    const files = [...(item.files ?? []), ...(draft.files ?? [])];
    store(name, { ...draft, files, body: [item.body, draft.body].filter(Boolean).join("\n\n") });
    toast({ kind: "bad", title: words("unsent"), text: why });
    return;
  }
  const text = form.elements.body;
  text.value = [item.body, text.value].filter(Boolean).join("\n\n");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  form.dispatchEvent(new CustomEvent("talk-refused", { detail: { why, reply: item.reply } }));
  form.dispatchEvent(new CustomEvent("talk-given-back", { bubbles: true, detail: item }));
  text.focus();
}

function accepted(item, html, news) {
  drop(item.id);
  if (item.place !== place()) return;
  if (news?.["message-sent"]) nameThread(news["message-sent"].thread);
  if (list()) add(parse(html).querySelectorAll("body > li"));
  // Messages are not among what is shown: show all.
  else document.querySelector("#issue-show a")?.click();
}

function fail() {
  for (const { id } of queue()) failed.add(id);
  draw();
  clearTimeout(retry);
  retry = setTimeout(flush, pause);
  pause = Math.min(LONGEST, pause * 2);
  return false;
}

async function send(item) {
  failed.delete(item.id);
  draw();
  const named = { client_id: item.id, body: item.body, ...(item.issue && { issue: item.issue }), ...(item.reply && { reply_to: item.reply }) };
  const fields = [...Object.entries(named), ...(item.files ?? []).map((uuid) => ["files", uuid])];
  const response = await post(`/${item.project}/messages/`, fields).catch(() => null);
  if (!response || response.redirected) return fail();
  if (response.ok) {
    const html = await response.text().catch(() => null);
    if (html === null) return fail();
    accepted(item, html, JSON.parse(response.headers.get("HX-Trigger") ?? "null"));
  } else if (FINAL.has(response.status)) {
    const why = await reason(response);
    drop(item.id);
    giveBack(item, why);
  } else return fail();
  pause = FIRST;
  return true;
}

async function run() {
  for (let good = true; good && queue().length;) good = await send(queue()[0]);
}

export function flush() {
  clearTimeout(retry);
  running ??= run().finally(() => { running = null; });
  return running;
}

// Resolves once nothing of one's own is on its way, so that what comes back is not shown beside it.
export async function settled() {
  if (running || queue().length) await flush();
}

// Capturing: what is sent from here is no form that could be sent twice (submit-once.js).
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".talk [data-composer]")) return;
  event.preventDefault();
  event.stopPropagation();
  const { body, reply_to: reply, issue } = form.elements;
  const files = filesIn(form);
  if (!body.value.trim() && !files.length) return;
  if ([...body.value].length > Number(talk().dataset.longest)) {
    form.dispatchEvent(new CustomEvent("talk-refused", { detail: { why: words("long"), reply: reply.value } }));
    return;
  }
  const item = { id: newId(), place: place(), project: talk().dataset.project, issue: issue?.value ?? "", body: body.value, reply: reply.value,
    files, names: [...form.querySelectorAll("[data-tray] .name")].map((name) => name.textContent) };
  setQueue([...queue(), item]);
  form.dispatchEvent(new CustomEvent("talk-sent", { bubbles: true }));
  flush();
}, true);

document.addEventListener("click", (event) => {
  const line = event.target.closest?.(".is-pending");
  if (event.target.closest?.("[data-again]")) flush();
  if (event.target.closest?.("[data-discard]")) {
    drop(line.dataset.pending);
    composer()?.elements.body.focus();
  }
});

const wake = () => queue().length && flush();
addEventListener("online", wake);
addEventListener("storage", (event) => event.key === NAME && draw());
document.addEventListener("live-state", ({ detail }) => detail.state === "live" && wake());
document.addEventListener("issue-drawn", draw);
document.addEventListener("htmx:load", draw);
opened(() => {
  draw();
  wake();
});
