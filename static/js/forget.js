// Who logs out leaves nothing of what they wrote in this browser: drafts, and messages that were not sent.

const KEPT = /^(plumbline|draft) /;

document.addEventListener("submit", (event) => {
  if (!event.target.getAttribute("action")?.endsWith("/logout/")) return;
  for (const store of [localStorage, sessionStorage]) {
    for (const name of Object.keys(store)) if (KEPT.test(name)) store.removeItem(name);
  }
}, true);
