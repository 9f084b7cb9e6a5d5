// Text that is edited where it stands ([data-editor], a details element). It opens with a click on the text itself, is sent
// with Ctrl+Enter, closes with Esc, and keeps what was typed for as long as the tab lives, until it is saved or dropped.

function draftName(editor) {
  return `draft ${editor.dataset.editor}`;
}

function textOf(editor) {
  return editor.querySelector("textarea");
}

// What is written is based on the version that was shown when writing began, and says so when it is saved.
function baseOn(editor, version) {
  const field = editor.querySelector("[name=version]");
  field.dataset.shown ??= field.value;
  field.value = version ?? field.dataset.shown;
}

function fit(text) {
  if (CSS.supports("field-sizing: content")) return;
  text.rows = Math.min(30, Math.max(1, text.value.split("\n").length));
}

function opened(editor) {
  const text = textOf(editor);
  const draft = sessionStorage.getItem(draftName(editor));
  const note = editor.querySelector("[data-draft]");
  note.hidden = draft === null || draft === text.defaultValue;
  if (!note.hidden) {
    text.value = draft;
    baseOn(editor, sessionStorage.getItem(`${draftName(editor)} base`));
  }
  fit(text);
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
}

function close(editor) {
  editor.open = false;
  textOf(editor).value = textOf(editor).defaultValue;
  baseOn(editor);
  editor.querySelector("summary").focus();
}

// toggle does not bubble, so it is caught on its way down.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[data-editor]") && event.target.open) opened(event.target);
}, true);

document.addEventListener("click", (event) => {
  const editor = event.target.closest("[data-editor]");
  if (editor && event.target.closest("[data-editor-cancel]")) {
    event.preventDefault();
    close(editor);
  } else if (editor && event.target.closest("[data-draft-drop]")) {
    sessionStorage.removeItem(draftName(editor));
    textOf(editor).value = textOf(editor).defaultValue;
    baseOn(editor);
    editor.querySelector("[data-draft]").hidden = true;
    textOf(editor).focus();
  }
  const words = event.target.closest("[data-opens]");
  const chosen = getSelection();
  if (!words || event.target.closest("a, button") || (chosen && !chosen.isCollapsed)) return;
  const target = document.getElementById(words.dataset.opens);
  if (target) target.open = true;
});

document.addEventListener("input", (event) => {
  const editor = event.target.closest("[data-editor]");
  if (!editor || event.target !== textOf(editor)) return;
  sessionStorage.setItem(draftName(editor), event.target.value);
  sessionStorage.setItem(`${draftName(editor)} base`, editor.querySelector("[name=version]").value);
  fit(event.target);
});

document.addEventListener("keydown", (event) => {
  const editor = event.target.closest?.("[data-editor]");
  if (!editor || event.target !== textOf(editor) || event.isComposing) return;
  const isPlainEnter = event.key === "Enter" && !event.shiftKey && "oneLine" in event.target.dataset;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey || isPlainEnter)) {
    event.preventDefault();
    event.target.form.requestSubmit();
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close(editor);
  }
});

// Saved: the answer that comes back is the page without this editor open. A refusal or a conflict keeps the draft.
document.addEventListener("htmx:afterRequest", (event) => {
  const editor = event.detail.elt.closest?.("[data-editor]");
  if (editor && event.detail.successful) sessionStorage.removeItem(draftName(editor));
  const clash = event.detail.elt.closest?.("[data-clash]");
  if (!clash || !event.detail.successful) return;
  for (const field of ["title", "description", "resolution"]) sessionStorage.removeItem(`draft ${clash.dataset.clash}/${field}`);
});
