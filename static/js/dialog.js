// Dialogs are native. It opens as modal those that the server sends because it has something to ask (data-open), and
// stands in for commandfor="…" command="show-modal|close" and closedby="any" where the browser does not know them.

function modal(dialog) {
  dialog.removeAttribute("data-open");
  // Not close(): its event comes later, when the dialog is open again.
  dialog.removeAttribute("open");
  dialog.showModal();
}

function openSent(root) {
  if (root.matches?.("dialog[data-open]")) modal(root);
  for (const dialog of root.querySelectorAll("dialog[data-open]")) modal(dialog);
}

if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!(dialog instanceof HTMLDialogElement)) return;
    if (button.getAttribute("command") === "show-modal" && !dialog.open) dialog.showModal();
    if (button.getAttribute("command") === "close") dialog.close();
  });
}

if (!("closedBy" in HTMLDialogElement.prototype)) {
  document.addEventListener("click", (event) => {
    if (event.target.matches("dialog[closedby=any]")) event.target.close();
  });
}

// A dialog that was sent is used once: it leaves the page when it closes, and so do its fields.
document.addEventListener("close", (event) => {
  if (event.target.matches?.("#dialogs > dialog:not([open])")) event.target.remove();
}, true);

// What it asked for is done.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) event.detail.elt.closest?.("[data-closes-dialog]")?.closest("dialog")?.close();
});

document.addEventListener("htmx:load", (event) => openSent(event.detail.elt));
openSent(document);
