// Folds the rail to icons and back, and remembers it in a cookie, so that the server draws the next page folded at once.

const YEAR = 365 * 24 * 3600;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fold]");
  if (!button) return;
  const root = document.documentElement;
  const folded = root.dataset.rail !== "folded";
  if (folded) root.dataset.rail = "folded";
  else delete root.dataset.rail;
  button.setAttribute("aria-pressed", String(folded));
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `rail=${folded ? "folded" : ""}; Path=/; Max-Age=${folded ? YEAR : 0}; SameSite=Lax${secure}`;
});
