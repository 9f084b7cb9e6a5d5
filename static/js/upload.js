// Files that were picked, dropped or pasted go where they belong: to a zone of the page (the issue, the project), to the
// message that is being written, or into the text at the caret. What breaks a limit is refused here, before it is sent.

import { add, words } from "./upload-send.js";
import { replace, sizeOf } from "./upload-rows.js";
import { room, toTray } from "./upload-tray.js";
import { toText } from "./upload-text.js";

const toast = (title) => document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "bad", title } }));
const zones = () => [...document.querySelectorAll("#panel [data-drop], #main [data-drop]")];

// The zone of a file, also after it was drawn anew.
function listOf({ start, place, issue }) {
  const zone = zones().find(({ dataset }) => dataset.start === start && dataset.place === place && (dataset.issue ?? "") === issue);
  if (!zone) return null;
  return zone.querySelector("ul.files") ?? zone.appendChild(Object.assign(document.createElement("ul"), { className: "files" }));
}

function toZone(zone, file) {
  const { start, place, issue = "" } = zone.dataset;
  const home = { start, place, issue, host: () => listOf(home), changed: (item) => item.state === "ready" && replace(item) };
  add(file, file.name, home);
}

// Says what is wrong with the files, and returns the others.
function allowed(files, { limit }) {
  const most = Number(limit);
  return files.filter((file) => {
    if (!file.size) toast(words("empty", file.name));
    else if (file.size > most) toast(words("limit", file.name, sizeOf(file.size), sizeOf(most)));
    return file.size && file.size <= most;
  });
}

const nameFor = (file, isPasted) => {
  // What the clipboard holds is called image.png, every time.
  if (!isPasted || file.name !== "image.png") return file.name;
  return `image-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.png`;
};

// `target` is a zone, a form with a tray, or a text of a form that takes files.
export function take(files, target, { isPasted = false } = {}) {
  const hook = target.matches("textarea") ? target.closest("[data-files]") ?? document.querySelector("[data-files]") : target;
  let good = allowed([...files], hook.dataset);
  const tray = target.matches("form") && target.querySelector("[data-tray]");
  if (tray && good.length > room(target)) {
    toast(words("most", hook.dataset.most));
    good = good.slice(0, room(target));
  }
  for (const file of good) {
    if (target.matches("textarea")) toText(target, hook, file, nameFor(file, isPasted));
    else if (tray) toTray(target, file);
    else toZone(target, file);
  }
}

// A text with files on their way is not saved before they are there.
addEventListener("submit", (event) => {
  const form = event.target;
  const waits = [...form.querySelectorAll("[data-upload]")].some((row) => !["checking", "ready"].includes(row.dataset.state));
  if (!waits) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  toast(words("waits"));
}, true);
