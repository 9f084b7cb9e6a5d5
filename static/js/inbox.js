// The inbox: keys, a thing read beside the list, and the list kept current without taking focus, scroll or what is open.
// Without this the same links and buttons load whole pages. What is read, done or put away is the server's.

const TYPING = "input, textarea, select, [contenteditable]";
const sheet = new Map([...document.querySelectorAll("#keysheet [data-command]")].map((key) => [key.dataset.press, key.dataset.command]));
const NARROW = matchMedia("(width <= 53.75rem)");
const HEADERS = { "HX-Request": "true", "HX-Target": "things" };

const box = () => document.getElementById("inbox");
const opened = () => document.getElementById("opened");
const openName = () => opened().dataset.opened;
const links = () => [...document.querySelectorAll("#things [data-thing]")];
const linkOf = (name) => links().find((link) => link.dataset.thing === name);
const current = () => document.activeElement.closest?.("#things [data-thing]") ?? linkOf(openName());

// One tab stop for the list; the open thing is marked in it.
function settle() {
  const stop = current() ?? links()[0];
  for (const link of links()) {
    link.tabIndex = link === stop ? 0 : -1;
    if (link.dataset.thing === openName()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  box().classList.toggle("has-open", Boolean(openName()));
}

// How the answer is put in its place stands at the elements themselves (hx-swap), as for their buttons.
async function get(url) {
  try {
    await window.htmx.ajax("GET", url, { source: opened(), target: "#opened" });
    return true;
  } catch {
    return false;
  }
}

function post(act, thing, values = {}, how = {}) {
  const place = Object.fromEntries(new FormData(document.getElementById("inbox-place")));
  return window.htmx.ajax("POST", `/inbox/${act}/`, {
    source: box(), target: "#inbox", ...how, values: { ...place, thing: thing.dataset.thing ?? thing.dataset.opened, upto: thing.dataset.upto, ...values },
  });
}

async function readIt() {
  if (!opened().hasAttribute("data-unread") || document.hidden) return;
  opened().removeAttribute("data-unread");
  await post("read", opened(), { open: openName() }, { swap: "none" });
  refresh();
}

async function open(link, { push = true, focus = false } = {}) {
  const name = link.dataset.thing;
  const url = link.getAttribute("href");
  link.focus({ preventScroll: true });
  if (!await get(url) || openName() !== name) return false;
  if (push) history[openedBefore() ? "replaceState" : "pushState"]({ inbox: true }, "", url);
  settle();
  opened().scrollTop = 0;
  if (focus || NARROW.matches) opened().querySelector("[data-heading]")?.focus({ preventScroll: true });
  readIt();
  return true;
}

const openedBefore = () => new URLSearchParams(location.search).has("open");

function close() {
  const name = openName();
  if (!name) return;
  const url = new URL(location.href);
  url.searchParams.delete("open");
  opened().replaceChildren();
  opened().dataset.opened = "";
  history.pushState({ inbox: true }, "", url);
  settle();
  (linkOf(name) ?? links()[0])?.focus({ preventScroll: true });
}

function step(by) {
  const all = links();
  const at = all.indexOf(current());
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  if (!next) return;
  next.focus();
  settle();
  if (openName() && openName() !== next.dataset.thing && !NARROW.matches) open(next);
}

// The thing after one that goes away, which is then read where the gone one was.
function after(link) {
  const all = links();
  const at = all.indexOf(link);
  return at < 0 ? null : all[at + 1] ?? all[at - 1] ?? null;
}

async function later(link) {
  if (openName() !== link.dataset.thing && !await open(link)) return;
  opened().querySelector("[data-act=later]")?.click();
}

const COMMANDS = {
  up: () => step(-1),
  down: () => step(1),
  open: (link) => open(link, { focus: true }),
  done: (link) => post("done", link),
  later,
  unread: (link) => post("unread", link),
  close,
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog:modal, :popover-open")) return;
  const name = sheet.get(event.key);
  if (!name || (event.target.closest?.("a, button") && event.key === "Enter" && !event.target.closest("#things [data-thing]"))) return;
  const link = current();
  if (!link && !["up", "down", "close"].includes(name)) return;
  event.preventDefault();
  COMMANDS[name](link);
});

document.addEventListener("click", (event) => {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("#things [data-thing]");
  if (link) {
    event.preventDefault();
    open(link);
  } else if (event.target.closest?.("#opened [data-close]")) {
    event.preventDefault();
    close();
  }
});

// What goes away makes room for the next; where nothing was open, only the focus goes on.
let next = null;
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const act = /^\/inbox\/(done|later|unread)\/$/.exec(detail.path)?.[1];
  if (!act) return;
  const link = linkOf(detail.parameters.thing);
  next = act === "unread" ? link?.dataset.thing : link && after(link)?.dataset.thing;
  const follows = act !== "unread" && openName() && openName() === detail.parameters.thing && !NARROW.matches;
  detail.parameters.open = follows ? next ?? "" : act !== "unread" && openName() !== detail.parameters.thing ? openName() : "";
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "inbox") return;
  arrange();
  for (const toast of [...document.querySelectorAll("#toasts [data-undoes]")].slice(0, -1)) toast.remove();
  const url = new URL(location.href);
  if (openName()) url.searchParams.set("open", openName());
  else url.searchParams.delete("open");
  history.replaceState({ inbox: true }, "", url);
  (linkOf(next ?? openName()) ?? links()[0])?.focus({ preventScroll: true });
  next = null;
  settle();
  readIt();
});

// A line stays where it was while its thing is being read; only what is new comes to the top, as it does in a fresh page.
let order = [];
const nameOf = (line) => `${line.id} ${line.querySelector("a").dataset.upto}`;
function arrange() {
  const list = document.querySelector("#things > ul");
  if (!list) return;
  const place = new Map(order.map((name, at) => [name, at]));
  const lines = [...list.children].sort((one, other) => (place.get(nameOf(one)) ?? -1) - (place.get(nameOf(other)) ?? -1));
  const focused = document.activeElement.closest?.("#things [data-thing]");
  if (lines.some((line, at) => line !== list.children[at])) list.append(...lines);
  order = lines.map(nameOf);
  focused?.focus({ preventScroll: true });
}

// Others' news: lines that are the same stay the same elements, so that focus and scroll do.
function redraw(fresh) {
  const here = document.querySelector("#things > ul");
  const there = fresh.querySelector("#things > ul");
  if (!here || !there) {
    document.getElementById("things").replaceWith(document.adoptNode(fresh.getElementById("things")));
    return;
  }
  const focused = document.activeElement.closest?.("#things li")?.id;
  const lines = [...there.children].map((line) => {
    const old = document.getElementById(line.id);
    return old && old.textContent === line.textContent && old.className === line.className && nameOf(old) === nameOf(line)
      ? old : document.adoptNode(line);
  });
  here.replaceChildren(...lines);
  if (focused) document.getElementById(focused)?.querySelector("a").focus({ preventScroll: true });
}

let asked = 0;
async function refresh() {
  asked += 1;
  const mine = asked;
  const response = await fetch(location.pathname + location.search, { headers: HEADERS }).catch(() => null);
  if (!response?.ok || response.redirected || mine !== asked) return;
  redraw(new DOMParser().parseFromString(await response.text(), "text/html"));
  arrange();
  settle();
}

document.addEventListener("live-inbox", ({ target }) => {
  // A change of our own has brought its list along.
  if (target === document) refresh();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  refresh();
  readIt();
});
addEventListener("popstate", () => location.reload());

arrange();
settle();
readIt();
