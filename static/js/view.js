// The main part of a page ([data-view], with #filters and #view-tools beside it) is read again without a reload: by a
// filter, by Back and Forward, and when something changed. Cards that are still the same stay the same elements, so that
// focus, scroll and whatever is open survive. Without this the same links and forms load whole pages.

const PAUSE = 250;
let asked = 0;
let shown = location.pathname + location.search;

export const view = () => document.querySelector("[data-view]");
export const shownAddress = () => shown;

async function read(url) {
  const response = await fetch(url, { headers: { "HX-Request": "true" } });
  if (!response.ok || response.redirected) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// Returns the element that now stands there: the old one where nothing about it is new.
function replace(old, fresh) {
  if (!old || !fresh || old.isEqualNode(fresh) || old.querySelector(":popover-open")) return;
  const typed = old.contains(document.activeElement) && document.activeElement.id ? document.activeElement : null;
  const node = document.adoptNode(fresh);
  old.replaceWith(node);
  window.htmx?.process(node);
  const again = typed && document.getElementById(typed.id);
  if (!again) return;
  if ("selectionStart" in typed) again.value = typed.value;
  again.focus({ preventScroll: true });
  if (typed.selectionStart != null) again.setSelectionRange(typed.selectionStart, typed.selectionEnd);
}

function redrawCards(list, fresh) {
  const nodes = [...fresh.children].map((item) => {
    const old = item.id && document.getElementById(item.id);
    if (old && old.dataset.etag === item.dataset.etag) return old;
    const node = document.adoptNode(item);
    window.htmx?.process(node);
    return node;
  });
  const kept = new Set(nodes);
  for (const child of [...list.children]) if (!kept.has(child)) child.remove();
  nodes.forEach((node, place) => {
    if (list.children[place] !== node) list.insertBefore(node, list.children[place] ?? null);
  });
}

function redrawBoard(board, fresh) {
  const focused = document.activeElement.closest?.(".card")?.dataset.issue;
  Object.assign(board.dataset, fresh.dataset);
  for (const column of fresh.querySelectorAll("[data-state]")) {
    const here = board.querySelector(`[data-state="${column.dataset.state}"]`);
    replace(here.querySelector("header"), column.querySelector("header"));
    redrawCards(here.querySelector("ol"), column.querySelector("ol"));
  }
  if (focused && document.activeElement === document.body) {
    board.querySelector(`[data-issue="${focused}"] > .title`)?.focus({ preventScroll: true });
  }
}

const slugs = (board) => [...board.querySelectorAll("[data-state]")].map((column) => column.dataset.state).join();

function draw(page) {
  for (const id of ["filters", "view-tools"]) replace(document.getElementById(id), page.getElementById(id));
  const [old, fresh] = [view(), page.querySelector("[data-view]")];
  const boards = [old, fresh].map((part) => part?.querySelector("[data-board]"));
  if (boards[0] && boards[1] && slugs(boards[0]) === slugs(boards[1])) {
    redrawBoard(...boards);
    const welcome = [old, fresh].map((part) => part.querySelector(".welcome"));
    welcome[0]?.remove();
    if (welcome[1]) old.prepend(document.adoptNode(welcome[1]));
  } else {
    const node = document.adoptNode(fresh);
    old.replaceWith(node);
    window.htmx?.process(node);
  }
  document.dispatchEvent(new CustomEvent("view-drawn"));
}

// Columns that were scrolled further than their first page are read as far as they were shown.
async function readFurther(page) {
  for (const list of document.querySelectorAll("[data-pages]")) {
    const fresh = page.getElementById(list.id);
    for (let left = Number(list.dataset.pages) - 1; left > 0 && fresh; left -= 1) {
      const more = fresh.querySelector(".more");
      const further = more && await read(more.querySelector("[data-more]").dataset.more);
      if (further) more.replaceWith(...further.body.children);
    }
  }
}

export async function visit(url, { push = true, replacing = false } = {}) {
  const turn = asked += 1;
  const page = await read(url).catch(() => null);
  if (turn !== asked) return;
  if (!page) {
    location.assign(url);
    return;
  }
  for (const list of document.querySelectorAll("[data-pages]")) delete list.dataset.pages;
  draw(page);
  const address = new URL(url, location);
  shown = address.pathname + address.search;
  if (replacing) history.replaceState({ view: shown, typing: true }, "", shown);
  else if (push) history.pushState({ view: shown }, "", shown);
}

// Reads what is shown once more; leaves everything as it is where the server does not answer.
export async function refresh() {
  const turn = asked += 1;
  const page = await read(shown).catch(() => null);
  if (!page) return;
  await readFurther(page);
  if (turn === asked && !document.querySelector(".is-dragging")) draw(page);
}

function addressOf(form) {
  const words = new Map();
  for (const [name, value] of new FormData(form)) {
    if (value) words.set(name, words.has(name) ? `${words.get(name)},${value}`.replace("!,", "!") : value);
  }
  const query = [...words].map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`).join("&");
  return form.getAttribute("action") + (query && `?${query}`);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-filters] a[href], a[data-visit]");
  if (!link || !view() || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  link.closest("[popover]")?.hidePopover();
  visit(link.getAttribute("href"));
});

document.addEventListener("submit", (event) => {
  if (!view() || !event.target.matches("[data-filters] form, form[data-filter-text]")) return;
  event.preventDefault();
  event.target.closest("[popover]")?.hidePopover();
  visit(addressOf(event.target));
});

let pause = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-filter-text]");
  if (!form || !view() || event.isComposing) return;
  clearTimeout(pause);
  pause = setTimeout(() => visit(addressOf(form), { replacing: Boolean(history.state?.typing) }), PAUSE);
});

// An entry of the history that this page made is shown by this page; after a reload in between there is no view any more.
addEventListener("popstate", (event) => {
  if (!view()) {
    if (event.state?.view) location.reload();
    return;
  }
  event.stopImmediatePropagation();
  document.dispatchEvent(new CustomEvent("place-changed"));
  const here = location.pathname + location.search;
  if (here !== shown && !/^\/[A-Z][A-Z0-9]+-\d+\/$/.test(location.pathname)) visit(here, { push: false });
}, true);

if (view()) history.replaceState({ view: shown }, "");
