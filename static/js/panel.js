// Opens an issue beside the board or list on which it stands (a[data-peek]). The address becomes the issue's, so that it
// can be copied; Back, Esc and the close button return to the address behind it, and the focus to the card or row.

import { load } from "./load.js";
import { shownAddress, view } from "./view.js";

const ISSUE = /^\/([A-Z][A-Z0-9]+-\d+)\/$/;
const TYPING = "input, textarea, select, [contenteditable]";
const panel = document.getElementById("panel");
const title = document.title;

export const openKey = () => panel?.querySelector("[data-panel]")?.dataset.panel ?? "";
const rowOf = (key) => document.querySelector(`[data-view] [data-issue="${CSS.escape(key)}"]`);

function mark() {
  for (const row of document.querySelectorAll("[data-issue][aria-current]")) row.removeAttribute("aria-current");
  if (openKey()) rowOf(openKey())?.setAttribute("aria-current", "true");
}

export async function open(url, { push = true, focus = true } = {}) {
  const before = openKey();
  document.dispatchEvent(new CustomEvent("panel-opening"));
  const loaded = await load(url, panel);
  const key = openKey();
  if (!loaded || !key || !url.startsWith(`/${key}/`)) return;
  if (push) history[before ? "replaceState" : "pushState"]({ view: shownAddress(), panel: url }, "", url);
  document.title = `${panel.querySelector("[data-panel]").getAttribute("aria-label")} · Plumbline`;
  if (focus) (panel.querySelector("[tabindex='-1']") ?? panel).focus({ preventScroll: true });
}

export function close({ push = true } = {}) {
  const key = openKey();
  if (!key) return;
  const hadFocus = panel.contains(document.activeElement) || document.activeElement === document.body;
  panel.replaceChildren();
  document.title = title;
  if (push) history.pushState({ view: shownAddress() }, "", shownAddress());
  mark();
  if (hadFocus) rowOf(key)?.querySelector(".title")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  if (!view() || !window.htmx || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("a[data-peek]");
  if (link) {
    event.preventDefault();
    link.closest("[popover]")?.hidePopover();
    open(link.getAttribute("href"));
  } else if (event.target.closest?.("[data-panel-close]")) {
    event.preventDefault();
    close();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || !view() || !openKey()) return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog:modal, :popover-open")) return;
  event.preventDefault();
  close();
});

document.addEventListener("place-changed", () => {
  const here = ISSUE.exec(location.pathname);
  if (!here) close({ push: false });
  else if (here[1] !== openKey()) open(location.pathname, { push: false });
});

for (const name of ["htmx:afterSwap", "view-drawn", "issue-placed"]) document.addEventListener(name, () => view() && mark());
