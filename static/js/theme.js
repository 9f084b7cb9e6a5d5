// The reader's colours: system, light or dark. A cookie keeps them in this browser, so that pages without a person are
// drawn in them at once; who is logged in has them stored too (/me/theme/), and their pages follow that on every device.
// [data-theme-choice] buttons set it; a select with data-theme-select (the profile form) does the same when it changes.

const YEAR = 365 * 24 * 3600;
// While a choice is on its way to the server, the cookie is right and what is stored is not.
const UNSAVED = 10;

function current() {
  return document.documentElement.dataset.theme ?? "";
}

function show() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current()));
  }
}

function keep(name, value, seconds) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
}

async function store(theme) {
  const token = document.querySelector("meta[name=csrf-token]");
  if (!token) return;
  keep("theming", 1, UNSAVED);
  const headers = { "X-CSRFToken": token.content };
  const body = new URLSearchParams({ theme });
  const response = await fetch("/me/theme/", { method: "POST", headers, body, keepalive: true }).catch(() => null);
  if (response?.ok) keep("theming", "", 0);
}

function choose(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  keep("theme", theme || "system", YEAR);
  show();
  store(theme);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (button) choose(button.dataset.themeChoice);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-theme-select]")) choose(event.target.value);
});
// What another device chose is this browser's too.
if (document.body.dataset.me) keep("theme", current() || "system", YEAR);
show();
