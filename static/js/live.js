// Keeps a page in step with the server: one socket that tells what happens, and the feed (/KEY/live/) for what it missed
// and for networks that let no socket pass. Where the page stands is body[data-live-…]; what comes is told as events on
// document: live-frames, live-reset, live-inbox, live-typing, live-here, live-read, live-room, live-state.

const { me, liveProject: project } = document.body.dataset;
const [FIRST, LONGEST, SILENCE, POLL, POLL_HIDDEN, PATIENCE, READING] = [500, 30_000, 45_000, 5000, 60_000, 3000, 10_000];
const TOLD = new Set(["inbox", "typing", "here", "read", "room"]);
const now = { seq: Number(document.body.dataset.liveSeq ?? 0), view: document.body.dataset.liveView ?? "",
  thread: Number(document.body.dataset.liveThread) || null };
const chip = document.querySelector("[data-live]");
let socket = null;
// What the page showed when it opened the socket.
let opened = "";
let greeted = false;
let tries = 0;
let failed = 0;
let refused = 0;
let heard = 0;
let known = 0;
let asking = null;
let retry = 0;
let doubt = 0;
let polling = 0;
let left = 0;
let shown = "live";
let at = new Date();

const tell = (name, detail = {}) => document.dispatchEvent(new CustomEvent(`live-${name}`, { detail }));
const say = (message) => greeted && socket.send(JSON.stringify(message));
const logIn = () => location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}&ended=1`);

function show(state) {
  clearTimeout(doubt);
  doubt = 0;
  if (state === "live") at = new Date();
  if (state === shown) return;
  shown = state;
  if (chip) {
    chip.dataset.live = state;
    chip.textContent = chip.dataset.words.split("|")[["live", "delayed", "offline"].indexOf(state)];
  }
  tell("state", { state, at });
}

// Out of step for a moment is nothing to speak of.
function suspect() {
  doubt ||= setTimeout(show, PATIENCE, navigator.onLine ? "delayed" : "offline");
}

function arrived(batch) {
  now.seq = batch.seq;
  if (batch.frames.length) tell("frames", batch);
}

// A reading that hangs must not keep the page from the next one.
const get = (url) => fetch(url, { signal: AbortSignal.timeout(READING) }).catch(() => null);

async function ask() {
  const { seq, view, thread } = now;
  const url = `/${project}/live/?after=${seq}&view=${view}&thread=${thread ?? ""}`;
  const response = await get(url);
  if (response?.redirected) logIn();
  else if (response?.status === 403 || response?.status === 404) location.reload();
  if (!response?.ok || response.redirected) return false;
  const answer = await response.json().catch(() => null);
  if (!answer) return false;
  if (answer.seq > now.seq) {
    if (answer.reset) {
      now.seq = answer.seq;
      tell("reset");
    } else arrived(answer);
  }
  if (me) tell("inbox", { unread: answer.unread });
  return true;
}

// Reads what was missed, once for all who wish it, until the page is where the server is known to be.
async function catchUp(upto = 0) {
  known = Math.max(known, upto);
  asking ??= (async () => {
    let good = true;
    let before = 0;
    // An answer that brings nothing, though more was known of, is from a database that was set back.
    do {
      before = now.seq;
      good = await ask().catch(() => false);
    } while (good && now.seq > before && now.seq < known);
    known = now.seq;
    asking = null;
    if (!good) show(navigator.onLine && greeted ? "delayed" : "offline");
    else if (greeted) show("live");
    else if (polling) show(me ? "delayed" : "live");
    return good;
  })();
  return asking;
}

function take(message) {
  heard = Date.now();
  const { t, seq } = message;
  if (TOLD.has(t)) {
    tell(t, message);
    return;
  }
  if (t === "hello") {
    greeted = true;
    tries = failed = refused = 0;
    clearTimeout(polling);
    polling = 0;
    if (opened !== `${now.view} ${now.thread}`) look(now.thread, now.view);
  }
  if (t === "beat") say({ t });
  if (message.late) {
    suspect();
    return;
  }
  if (t !== "changes") tell("inbox", { unread: message.unread });
  if (t === "changes" && message.from <= now.seq && seq > now.seq) arrived(message);
  if (project && seq > now.seq) catchUp(seq);
  else if (!asking) show("live");
}

function closed({ code }) {
  const was = greeted;
  greeted = false;
  socket = null;
  if (code === 4401) {
    // A form that ends the session itself is on its way, and brings a page of its own.
    if (Date.now() - left < READING) retry = setTimeout(connect, READING);
    else logIn();
    return;
  }
  if (code === 4403) {
    refused += 1;
    if (refused > 1) {
      location.reload();
      return;
    }
    tell("reset");
  }
  failed = was ? 0 : failed + 1;
  if (failed > 1 && !polling) poll();
  suspect();
  // A server that stops lets everybody go at once; they come back over some seconds.
  tries = was && code !== 4403 ? 3 : tries + (code === 4429 ? 6 : 1);
  retry = setTimeout(connect, Math.random() * Math.min(LONGEST, FIRST * 2 ** tries));
}

function connect() {
  clearTimeout(retry);
  if (!me || socket) return;
  const query = new URLSearchParams({ project: project ?? "", view: now.view, thread: now.thread ?? "" });
  opened = `${now.view} ${now.thread}`;
  const fresh = socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/?${query}`);
  heard = Date.now();
  fresh.onmessage = ({ data }) => fresh === socket && take(JSON.parse(data));
  fresh.onclose = (event) => fresh === socket && closed(event);
}

// A connection that says nothing is none; waiting for its end could take minutes.
function drop() {
  const old = socket;
  if (!old) return;
  closed({ code: 1006 });
  old.close();
}

async function poll() {
  clearTimeout(polling);
  polling = setTimeout(poll, document.hidden ? POLL_HIDDEN : POLL);
  if (project) await catchUp();
  else await askForNews();
}

// On a page of no project there is only the inbox to ask for.
async function askForNews() {
  const response = await get("/live/");
  if (response?.redirected) logIn();
  else if (response?.ok) tell("inbox", await response.json());
  show(response?.ok ? "delayed" : "offline");
}

function awake() {
  if (document.hidden) return;
  if (polling) poll();
  if (!me) return;
  if (socket && Date.now() - heard > SILENCE / 2) drop();
  if (!socket) connect();
  else if (greeted && project) catchUp();
}

// What is on screen now: a conversation's number or null, and the view.
export function look(thread, view = now.view) {
  Object.assign(now, { thread, view });
  say({ t: "look", thread, view });
}

let typed = 0;
export function typing(thread) {
  if (Date.now() - typed < 2000) return;
  typed = Date.now();
  say({ t: "typing", thread });
}

// Returns false where there is no socket to say it over.
export const read = (thread, seq) => greeted && (say({ t: "read", thread, seq }), true);
export const state = () => ({ state: shown, at, seq: now.seq });

chip?.addEventListener("pointerenter", () => {
  chip.title = chip.dataset.since.replace("{}", (shown === "live" ? new Date() : at).toLocaleTimeString());
});
document.addEventListener("visibilitychange", awake);
addEventListener("beforeunload", () => { left = Date.now(); });
addEventListener("online", awake);
addEventListener("offline", () => show("offline"));
addEventListener("pageshow", (event) => event.persisted && awake());
setInterval(() => socket && Date.now() - heard > SILENCE && drop(), 5000);
// Not before all who want to hear of it are there.
document.addEventListener("DOMContentLoaded", () => {
  if (me) connect();
  else if (project) poll();
});
