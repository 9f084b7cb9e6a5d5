// Keeps a board current: what was changed elsewhere on this page at once; what others changed comes by board-live.js, and
// where the page is out of step when one comes back to it.

import { board, cardOf } from "./board-cards.js";
import { state } from "./live.js";
import { placed } from "./board-move.js";
import { refresh } from "./view.js";

const QUIET = 1500;
let looked = 0;
let late = false;

const isDragging = () => Boolean(document.querySelector(".is-dragging"));

async function look() {
  if (!board() || document.hidden || state().state === "live" || Date.now() - looked < QUIET) return;
  looked = Date.now();
  const { board: key, seq } = board().dataset;
  const response = await fetch(`/${key}/board/changes/?after=${seq}`).catch(() => null);
  if (!response?.ok || response.redirected || !(await response.json()).changed) return;
  if (isDragging()) late = true;
  else await refresh();
}

// One card afresh, with the heads of the columns; a card that is gone or new needs the whole board.
async function renew(key) {
  const card = cardOf(key);
  const response = card && await fetch(`/${key}/card/${board().dataset.query}`, { headers: { "HX-Request": "true" } });
  if (!response?.ok) {
    await refresh();
    return;
  }
  const had = card.contains(document.activeElement);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const fresh of page.querySelectorAll("[hx-swap-oob]")) {
    fresh.removeAttribute("hx-swap-oob");
    document.getElementById(fresh.id)?.replaceWith(document.adoptNode(fresh));
  }
  placed(JSON.parse(response.headers.get("HX-Trigger-After-Swap"))["issue-placed"]);
  if (had) cardOf(key)?.querySelector(".title").focus({ preventScroll: true });
}

document.addEventListener("issue-changed", ({ detail }) => {
  for (const old of document.querySelectorAll(`[data-about="${CSS.escape(detail.key)}"]`)) {
    const had = old.contains(document.activeElement);
    old.remove();
    if (had) cardOf(detail.key)?.querySelector(".title").focus();
  }
  if (board() && !detail.placed) renew(detail.key);
});
document.addEventListener("drag-ended", () => {
  if (late) refresh();
  late = false;
});
document.addEventListener("visibilitychange", look);
addEventListener("focus", look);
