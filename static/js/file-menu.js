// What may be done with a file the server says, by the menu that it sends.

import { load } from "./load.js";

const GAP = 4;
let opener = null;

function box() {
  const found = document.getElementById("file-menu");
  if (found) return found;
  const menu = Object.assign(document.createElement("div"), { id: "file-menu", className: "menu", popover: "auto" });
  menu.dataset.menu = "";
  menu.setAttribute("role", "group");
  document.body.append(menu);
  return menu;
}

export async function openMenu(link) {
  opener = link;
  const menu = box();
  menu.setAttribute("aria-label", link.getAttribute("aria-label"));
  if (!await load(link.getAttribute("href"), menu) || opener !== link) return;
  menu.showPopover();
  const at = link.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const top = at.bottom + GAP + height <= innerHeight ? at.bottom + GAP : Math.max(GAP, at.top - GAP - height);
  Object.assign(menu.style, { inset: "auto", margin: "0", top: `${top}px` });
  menu.style.left = `${Math.min(Math.max(GAP, at.right - width), innerWidth - width - GAP)}px`;
  menu.querySelector("a, button")?.focus();
}

// What its lines do is done.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.closest?.("#file-menu") && box().matches(":popover-open")) box().hidePopover();
});
document.addEventListener("toggle", (event) => {
  if (event.target.id !== "file-menu" || event.newState !== "closed") return;
  if (document.activeElement === document.body || event.target.contains(document.activeElement)) opener?.focus({ preventScroll: true });
}, true);
