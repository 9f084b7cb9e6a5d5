// Toasts: close buttons, and those that go by themselves (data-passing) unless someone is reading them.
// To show one from a script: document.dispatchEvent(new CustomEvent("toast", { detail: { kind, title, text } })); the server
// does the same with a header HX-Trigger: {"toast": {…}}.

const READING_TIME = 7000;
const SIGNS = { ok: "circle-check", info: "info-circle" };
const region = document.getElementById("toasts");

function passes(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) passes(toast);
    else toast.remove();
  }, READING_TIME);
}

function show({ kind = "bad", title = "", text = "", link = null }) {
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.className = `toast ${kind}`;
  const sign = toast.querySelector("use");
  if (SIGNS[kind]) sign.setAttribute("href", sign.getAttribute("href").replace(/#.*/, `#${SIGNS[kind]}`));
  toast.querySelector("[data-toast-title]").textContent = title;
  toast.querySelector("[data-toast-text]").textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.className = "btn btn-primary";
    anchor.href = new URL(link.href, location.origin).pathname;
    anchor.textContent = link.text;
    toast.querySelector("[data-toast-actions]").append(anchor);
  }
  // The same words twice say nothing new.
  for (const old of region.children) if (old.textContent === toast.textContent) old.remove();
  region.append(toast);
  if (kind === "ok") passes(toast);
}

document.addEventListener("toast", (event) => show(event.detail));
document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest(".toast").remove());
// What a toast offered is done, so it has nothing more to say.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) event.detail.elt.closest?.("[data-closes-toast]")?.closest(".toast")?.remove();
});
for (const toast of region?.querySelectorAll("[data-passing]") ?? []) passes(toast);
