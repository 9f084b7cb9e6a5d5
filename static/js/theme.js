// The reader's colours: system, light or dark. Kept in a cookie, so that the server draws the next page in them at once.
// [data-theme-choice] buttons set it; a select with data-theme-select (the profile form) does the same when it changes.

const YEAR = 365 * 24 * 3600;

function current() {
  return document.documentElement.dataset.theme ?? "";
}

function show() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current()));
  }
}

function choose(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme || "system"}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  show();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (button) choose(button.dataset.themeChoice);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-theme-select]")) choose(event.target.value);
});
show();
