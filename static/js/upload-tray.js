// The files of a message that is being written. Those that have arrived go with it; it waits for the others. Which they are
// stands in the form itself, so that a draft can keep it (chat-draft.js).

import { add, adopt, all, forget, words } from "./upload-send.js";
import { drop } from "./upload-rows.js";

const ARRIVED = new Set(["checking", "ready"]);
export const keyOf = (form) => `${form.dataset.files} ${form.elements.issue?.value ?? ""}`;
const formFor = (key) => [...document.querySelectorAll("form[data-composer][data-files]")].find((form) => keyOf(form) === key);
const trayOf = (key) => formFor(key)?.querySelector("[data-tray]") ?? null;
const itemsOf = (key) => all().filter((item) => item.tray === key && !item.isText && item.state !== "gone");

export const room = (form) => Number(form.dataset.most) - itemsOf(keyOf(form)).length;

function homeOf(form) {
  const tray = keyOf(form);
  return { start: form.dataset.files, place: "draft", isDraft: true, tray, host: () => trayOf(tray) };
}

export const toTray = (form, file) => add(file, file.name, homeOf(form));

// --- What the form knows ---------------------------------------------------------------------------------------------

function note(item) {
  const row = document.getElementById(`upload-${item.id}`);
  if (!row || row.querySelector("[name=files]") || !ARRIVED.has(item.state)) return;
  row.append(Object.assign(document.createElement("input"), { type: "hidden", name: "files", value: item.file?.uuid ?? item.id }));
}

function settle(form) {
  const rows = [...form.querySelectorAll("[data-tray] > [data-upload]")];
  const waits = rows.some((row) => !ARRIVED.has(row.dataset.state));
  const button = form.querySelector(".foot [type=submit]");
  let line = form.querySelector("[data-upload-waits]");
  if (waits && !line) {
    line = Object.assign(document.createElement("p"), { className: "help", id: "upload-waits", textContent: words("waits") });
    line.dataset.uploadWaits = "";
    form.querySelector(".foot").before(line);
  } else if (!waits) line?.remove();
  if (waits) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
  button.toggleAttribute("aria-describedby", waits);
  if (waits) button.setAttribute("aria-describedby", "upload-waits");
  form.elements.body.required = !form.querySelector("[name=files]");
  document.dispatchEvent(new CustomEvent("tray-changed"));
}

document.addEventListener("upload-shown", ({ detail: item }) => {
  const form = item.tray && formFor(item.tray);
  if (!form) return;
  if (!item.isText) {
    note(item);
    // What was refused goes with no message.
    if (item.state === "refused") document.getElementById(`upload-${item.id}`)?.querySelector("[name=files]")?.remove();
  }
  settle(form);
});

// --- What the draft knew ---------------------------------------------------------------------------------------------

// The draft's files stand in the form as bare fields ([data-kept]); each becomes a row again.
export function restore(form) {
  const known = new Set(itemsOf(keyOf(form)).map((item) => item.file?.uuid ?? item.id));
  for (const line of form.querySelectorAll("[data-kept]")) {
    const uuid = line.querySelector("input").value;
    line.remove();
    if (!known.has(uuid)) adopt(uuid, homeOf(form));
  }
  for (const item of itemsOf(keyOf(form))) note(item);
  settle(form);
}

document.addEventListener("talk-sent", ({ target }) => {
  if (!target.matches?.("[data-composer]")) return;
  for (const item of itemsOf(keyOf(target))) {
    drop(item);
    forget(item);
  }
  settle(target);
});
