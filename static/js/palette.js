// The command palette: Ctrl+K or a [data-palette] button opens it over the page. What it does once it is open is loaded with it.

const show = () => import("./palette-lines.js").then((lines) => lines.show());

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  if (event.shiftKey || event.altKey || event.isComposing) return;
  event.preventDefault();
  show();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]")) show();
});
