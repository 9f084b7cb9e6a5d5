// What every htmx request of ours has in common: the CSRF token, and plain words when something goes wrong.
// 409 and 422 are answers and are swapped in (htmx-config in the head); a refusal of a rule brings its own toast (HX-Retarget).

const words = document.getElementById("toasts").dataset;
const BY_STATUS = { 403: "refused", 404: "gone", 410: "gone", 429: "limited", 502: "busy", 503: "busy", 504: "busy" };

function say(name) {
  const [title, text] = words[name].split("|");
  document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "bad", title, text } }));
}

function toLogin() {
  location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  // The session ended meanwhile: the answer is the log-in page, which does not belong into a part of this one.
  if (xhr.status === 401 || new URL(xhr.responseURL || location).pathname.startsWith("/accounts/login/")) {
    event.preventDefault();
    toLogin();
    return;
  }
  // A rule's refusal is meant for the toasts, whatever its status.
  if (xhr.getResponseHeader("HX-Retarget") === "#toasts") {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:responseError", (event) => say(BY_STATUS[event.detail.xhr.status] ?? "failed"));
document.addEventListener("htmx:sendError", () => say("offline"));
document.addEventListener("htmx:timeout", () => say("offline"));
