// Brings the behaviours of an issue when the panel opens, beside the issue itself.

document.addEventListener("panel-opening", () => {
  import("./issue.js");
  import("./issue-live.js");
  import("./files.js");
}, { once: true });
