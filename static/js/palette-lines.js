// The lines of the command palette: arrows and Enter choose, Esc closes. What it offers comes from the
// server; a line with data-press presses the button of this page that has that key, and is left out where there is none.

const dialog = () => document.getElementById("palette");
const lines = () => [...dialog().querySelectorAll("[role=option]:not([hidden])")];
const chosen = () => dialog().querySelector("[aria-selected=true]");

function button(key) {
  const found = [...document.querySelectorAll(`#panel [data-key="${CSS.escape(key)}"]`),
    ...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  return found.find((element) => element.checkVisibility());
}

function choose(line) {
  chosen()?.setAttribute("aria-selected", "false");
  line?.setAttribute("aria-selected", "true");
  line?.scrollIntoView({ block: "nearest" });
  dialog().querySelector("input").setAttribute("aria-activedescendant", line?.id ?? "");
}

function drawn() {
  for (const line of dialog().querySelectorAll("[data-press]")) line.hidden = !button(line.dataset.press);
  for (const group of dialog().querySelectorAll("[role=group]")) {
    group.hidden = !group.querySelector("[role=option]:not([hidden])");
  }
  choose(lines()[0]);
}

export function show() {
  if (dialog()?.open) {
    dialog().close();
    return;
  }
  if (document.querySelector("dialog:modal")) return;
  const at = document.querySelector("[data-panel]") ? `/${document.querySelector("[data-panel]").dataset.panel}/` : location.pathname;
  window.htmx.ajax("GET", `/palette/?at=${encodeURIComponent(at)}`, { target: "#dialogs" });
}

function press(key) {
  const element = button(key);
  dialog().close();
  // Once the dialog is gone, so that what opens is not under it.
  requestAnimationFrame(() => {
    element?.focus();
    element?.click();
  });
}

document.addEventListener("keydown", (event) => {
  if (!dialog() || !dialog().contains(event.target) || event.isComposing) return;
  const all = lines();
  const at = all.indexOf(chosen());
  if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
  else if (event.key === "ArrowUp") choose(all.at(at - 1));
  else if (event.key === "Enter" && chosen()) chosen().click();
  // A search box would take the first Esc to empty itself.
  else if (event.key === "Escape") dialog().close();
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const line = event.target.closest("#palette [data-press]");
  if (!line) return;
  event.preventDefault();
  press(line.dataset.press);
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (dialog() && (event.detail.target.id === "palette-results" || event.detail.target.id === "dialogs")) drawn();
});
