// The main part of a page ([data-view], with #filters and #view-tools beside it) is read again without a reload: by a
// filter, by Back and Forward, and when something changed. Cards that are still the same stay the same elements, so that
// focus, scroll and whatever is open survive. Without this the same links and forms load whole pages.

import { keepingFocus, morph } from "./morph.js";

const PAUSE = 250;
const REST = 2000;
const JITTER = 400;
let asked = 0;
let shown = location.pathname + location.search;

export const view = () => document.querySelector("[data-view]");
export const shownAddress = () => shown;

async function read(url) {
  const response = await fetch(url, { headers: { "HX-Request": "true" } });
  if (!response.ok || response.redirected) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// What the reader is at stays, and so do cards of which nothing is new.
function stays(old, fresh) {
  return old.matches?.(":popover-open, [data-quick-box][open]") || (old.dataset?.etag && old.dataset.etag === fresh?.dataset.etag);
}

function draw(page) {
  const key = document.activeElement.closest?.("[data-view] [data-issue]")?.dataset.issue;
  keepingFocus(() => {
    for (const part of ["#filters", "#view-tools", "[data-view]"]) {
      const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
      if (!old || !fresh) continue;
      morph(old, fresh, stays);
      window.htmx?.process(old);
    }
  }, () => key && view().querySelector(`[data-issue="${key}"] .title`));
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
      fresh.dataset.pages = list.dataset.pages;
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
  if (turn !== asked) return;
  if (document.querySelector(".is-dragging")) refreshSoon();
  else draw(page);
}

// The same for what others changed: at most once in REST, not all readers at the same moment, and not out of sight.
let pending = 0;
let rested = 0;
export function refreshSoon() {
  pending ||= setTimeout(() => {
    pending = 0;
    if (document.hidden || document.querySelector(".is-dragging")) {
      document.addEventListener(document.hidden ? "visibilitychange" : "drag-ended", refreshSoon, { once: true });
    } else {
      rested = Date.now() + REST;
      refresh();
    }
  }, Math.max(0, rested - Date.now()) + Math.random() * JITTER);
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
