// What others say and change appears in the conversation, in order and without gaps, and is said to those who listen.

import { look } from "./live.js";
import { add, dress, replace } from "./chat-list.js";
import { settled } from "./chat-send.js";
import { count, hasNewer, known, list, me, messages, nameIn, nameThread, opened, parse, part, pathOf, talk, textIn, thread } from "./chat-talk.js";

const HEARD = 4;
let turn = Promise.resolve();

// One after the other, since some wait for the server.
const inTurn = (act) => { turn = turn.then(act).catch((error) => reportError(error)); };

function isAbout(frame, project) {
  const now = talk();
  if (!now) return false;
  if (frame.thread === thread()) return true;
  // A conversation has no number until something is said in it.
  return !thread() && project === now.dataset.project && (frame.issue ?? undefined) === now.dataset.issue;
}

function say(fresh) {
  const heard = talk()?.querySelector("[data-heard]");
  const others = fresh.filter((message) => message.dataset.author !== me && !("deleted" in message.dataset));
  if (!heard || !others.length) return;
  const lines = others.length > HEARD ? [count("new", others.length)] : others.map((one) => `${nameIn(one)}: ${textIn(one).slice(0, 300)}`);
  for (const line of lines) {
    const node = document.createElement("p");
    node.textContent = line;
    heard.append(node);
  }
  while (heard.childElementCount > HEARD) heard.firstElementChild.remove();
}

// Reads what came after the last that is known, page by page.
async function catchUp() {
  const [now, id] = [talk(), thread()];
  for (let more = Boolean(id); more;) {
    const page = await part(`/${now.dataset.project}/threads/${id}/messages/?after=${known()}`);
    if (!page || talk() !== now || !list()) return;
    say(add(page.querySelectorAll("[data-messages] > li")));
    more = Boolean(page.querySelector("[data-newer]"));
  }
}

async function arrived(frame) {
  nameThread(frame.thread);
  if (frame.by === me) await settled();
  if (!talk() || !list() || document.getElementById(`message-${frame.id}`)) return;
  if (hasNewer()) {
    if (frame.by !== me) document.dispatchEvent(new CustomEvent("talk-further"));
    return;
  }
  if (frame.html && frame.seq <= known() + 1) say(add(parse((frame.day ?? "") + frame.html).body.children));
  else await catchUp();
}

async function changed(frame) {
  const old = document.getElementById(`message-${frame.id}`);
  if (!old) return;
  const page = frame.html ? parse(frame.html) : await part(pathOf(old));
  if (page?.querySelector(".message") && talk()) replace(page.querySelector(".message"));
}

async function apply({ project, frames }) {
  for (const frame of frames) {
    if (!frame.k.startsWith("message") || !isAbout(frame, project)) continue;
    for (const number of talk().querySelectorAll("[data-message-count]")) number.textContent = frame.count || "";
    await (frame.k === "message" ? arrived(frame) : changed(frame));
  }
}

// Too much was missed to be told: the newest are read again, and whatever of them is shown is made anew.
async function reset() {
  const now = talk();
  if (!now || !thread() || !list() || hasNewer()) return;
  await catchUp();
  const page = await part(`/${now.dataset.project}/threads/${thread()}/messages/`);
  if (page && talk() === now) for (const message of page.querySelectorAll(".message")) replace(message);
}

document.addEventListener("live-frames", ({ detail }) => inTurn(() => apply(detail)));
document.addEventListener("live-reset", () => inTurn(reset));
document.addEventListener("talk-changed", () => look(thread() || null));
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt.closest?.(".talk")) dress(elt);
  // An answer about the issue has brought its stream along (stream.js).
  else if (elt.id === "issue-body" && talk()) dress(talk());
});
document.addEventListener("issue-drawn", () => talk() && dress(talk()));

opened((now) => {
  dress(now);
  // What was said between the answer that brought the panel and now.
  if (now.closest("#panel") && messages().length) inTurn(catchUp);
});
