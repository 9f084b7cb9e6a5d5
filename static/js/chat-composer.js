// The place where one writes: which message it answers, marks around what is chosen, signs, and how much room is left.

import { composer, messageOf, nameIn, opened, talk, textIn, words } from "./chat-talk.js";
import { insert } from "./insert.js";

const NEAR = 0.9;

// --- Answering -------------------------------------------------------------------------------------------------------

const tell = () => document.dispatchEvent(new CustomEvent("talk-answering"));

export function answer(message, { focus = true } = {}) {
  const form = composer();
  if (!form || "deleted" in message.dataset) return;
  form.elements.reply_to.value = message.dataset.message;
  form.querySelector("[data-replying]").hidden = false;
  form.querySelector("[data-replying-to]").textContent = nameIn(message);
  form.querySelector("[data-replying-text]").textContent = textIn(message).slice(0, 140);
  if (focus) form.elements.body.focus();
  tell();
}

export function stopAnswering() {
  const form = composer();
  form.elements.reply_to.value = "";
  form.querySelector("[data-replying]").hidden = true;
  tell();
}

// --- Text ------------------------------------------------------------------------------------------------------------

function wrap(field, [before, after]) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  insert(field, before + value.slice(from, to) + after);
  if (from === to || after.length > before.length) field.setSelectionRange(from + before.length + (to - from), from + before.length + (to - from));
}

const MARKS = { bold: ["**", "**"], code: ["`", "`"], link: ["[", "](https://)"] };

function mark(field, kind) {
  const isBlock = kind === "code" && field.value.slice(field.selectionStart, field.selectionEnd).includes("\n");
  wrap(field, isBlock ? ["```\n", "\n```"] : MARKS[kind]);
}

function measure(form) {
  const [text, left] = [form.elements.body, form.querySelector("[data-left]")];
  const longest = Number(talk().dataset.longest);
  const length = text.value.length > longest * NEAR ? [...text.value].length : 0;
  left.hidden = length <= longest * NEAR;
  left.textContent = words(length > longest ? "over" : "left").replace("{}", Math.abs(longest - length));
  left.classList.toggle("is-over", length > longest);
  if (!CSS.supports("field-sizing: content")) text.rows = Math.min(12, Math.max(1, text.value.split("\n").length));
}

function showError(form, why) {
  form.querySelector(".errors")?.remove();
  if (!why) {
    form.elements.body.removeAttribute("aria-invalid");
    return;
  }
  const line = Object.assign(document.createElement("p"), { className: "errors", id: "composer-error", textContent: why });
  line.setAttribute("role", "alert");
  form.elements.body.before(line);
  form.elements.body.setAttribute("aria-invalid", "true");
  form.elements.body.setAttribute("aria-describedby", "composer-error");
}

document.addEventListener("click", (event) => {
  const form = composer();
  if (!form) return;
  const link = event.target.closest?.("a[data-reply]");
  const tool = event.target.closest?.(".talk [data-composer] [data-mark], .talk [data-composer] [data-insert], #talk-signs [data-insert]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.button) {
    const message = messageOf(link) ?? document.getElementById(`message-${link.dataset.reply}`);
    if (!message) return;
    event.preventDefault();
    link.closest("[popover]")?.hidePopover();
    answer(message);
  } else if (event.target.closest?.(".talk [data-replying-stop]")) {
    event.preventDefault();
    stopAnswering();
    form.elements.body.focus();
  } else if (tool) {
    tool.closest("[popover]")?.hidePopover();
    if (tool.dataset.mark) mark(form.elements.body, tool.dataset.mark);
    else insert(form.elements.body, tool.dataset.insert);
  }
});

document.addEventListener("input", (event) => {
  const form = event.target.closest?.(".talk [data-composer]");
  if (!form) return;
  showError(form, "");
  measure(form);
});

// Esc: what is answered is let go, then the field is left. What lies over it has taken its Esc already.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".talk [data-composer]");
  if (!form || event.isComposing || event.defaultPrevented) return;
  const isBold = event.key === "b" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (isBold && event.target === form.elements.body) mark(event.target, "bold");
  else if (event.key === "Escape" && form.elements.reply_to.value) stopAnswering();
  else if (event.key === "Escape") event.target.blur();
  else return;
  event.preventDefault();
  event.stopPropagation();
});

opened(() => {
  const form = composer();
  if (!form) return;
  // A text that is too long is shown to be so; the browser would cut it off.
  form.elements.body.removeAttribute("maxlength");
  form.addEventListener("talk-refused", ({ detail }) => {
    showError(form, detail.why);
    const answered = detail.reply && document.getElementById(`message-${detail.reply}`);
    if (answered) answer(answered);
  });
  measure(form);
});
