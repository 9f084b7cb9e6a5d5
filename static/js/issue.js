// An issue in place, on its page or in the panel: what changed elsewhere is fetched, and focus and scroll stay where
// they are when the body is swapped. A text that is being typed is never taken away.

import "./copy.js";
import "./editor.js";
import "./stream.js";
import { close, openKey } from "./panel.js";
import "./talk-count.js";

let opener = "";

function body() {
  return document.getElementById("issue-body");
}

function isTyping(root) {
  return Boolean(root.querySelector("details[data-editor][open], [data-clash]") || root.matches("[data-clash]"));
}

function refresh(view) {
  window.htmx.ajax("GET", `/${view.dataset.issueView}/`, { target: "#issue-body", source: view });
}

document.addEventListener("issue-changed", (event) => {
  const { key, shown, gone } = event.detail;
  if (gone) {
    if (openKey() === key) close();
    return;
  }
  const view = document.querySelector(`[data-issue-view="${CSS.escape(key)}"]`);
  if (view && !shown && !isTyping(body())) refresh(view);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "issue-body") return;
  opener = document.activeElement?.closest("[popover]")?.id ?? "";
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "issue-body") return;
  if (opener) document.querySelector(`[popovertarget="${CSS.escape(opener)}"]`)?.focus();
  opener = "";
  body()?.querySelector("[data-autofocus]")?.focus();
});

// In a conflict, whoever types words of their own has chosen them.
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-chooses]")) return;
  event.target.closest("label").querySelector("input[type=radio]").checked = true;
});
