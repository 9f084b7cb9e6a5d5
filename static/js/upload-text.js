// Files within a text: words at the caret hold the place of each until it has arrived; then its Markdown stands there, as if
// it had been typed, so that the browser can undo it.

import { insert } from "./insert.js";
import { drop } from "./upload-rows.js";
import { add, forget, words } from "./upload-send.js";
import { keyOf } from "./upload-tray.js";

const fieldOf = (item) => (item.field.isConnected ? item.field : document.getElementById(item.field.id));

// Where its row stands: with the files of the message, or below the text.
function listOf(item) {
  const field = fieldOf(item);
  const tray = field?.form?.querySelector("[data-tray]");
  if (tray || !field) return tray ?? null;
  const next = field.nextElementSibling;
  if (next?.matches("ul.files")) return next;
  const list = Object.assign(document.createElement("ul"), { className: "files" });
  field.after(list);
  return list;
}

function markFor(field, name) {
  const plain = name.replace(/[[\]()!\\]/g, "");
  let mark = `![${words("placeholder", plain)}]()`;
  for (let number = 2; field.value.includes(mark); number += 1) mark = `![${words("placeholder", `${plain} (${number})`)}]()`;
  return mark;
}

// The caret stays at the words at which it was; whoever writes elsewhere by now is left there.
function exchange(item, text) {
  const field = fieldOf(item);
  const at = field?.value.indexOf(item.mark) ?? -1;
  if (at < 0) return;
  const end = at + item.mark.length;
  const moved = (spot) => (spot <= at ? spot : Math.max(at, spot - item.mark.length) + text.length);
  const [from, to] = [field.selectionStart, field.selectionEnd].map(moved);
  if (document.activeElement === field) {
    field.setSelectionRange(at, end);
    insert(field, text);
  } else {
    field.setRangeText(text, at, end, "preserve");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.setSelectionRange(from, to);
  item.mark = text;
}

function changed(item) {
  if (item.state === "checking" && !item.isShown) {
    item.isShown = true;
    drop(item);
    exchange(item, item.file.markdown);
  } else if (item.state === "refused") {
    exchange(item, "");
    document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "bad", title: item.name, text: item.why } }));
    forget(item);
  } else if (item.state === "ready") forget(item);
  else if (item.state === "gone") exchange(item, "");
}

export function toText(field, hook, file, name) {
  const mark = markFor(field, name);
  const before = field.value.slice(0, field.selectionStart);
  insert(field, `${before && !/\s$/.test(before) ? " " : ""}${mark}`);
  const tray = field.form?.matches("[data-composer]") ? keyOf(field.form) : "";
  const home = { start: hook.dataset.files, place: "draft", isDraft: true, isText: true, tray, field, mark };
  add(file, name, { ...home, host() { return listOf(this); }, changed });
}
