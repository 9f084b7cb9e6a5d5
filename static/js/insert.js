// As if it were typed, so that the browser can undo it.

export function insert(field, words) {
  field.focus();
  if (words ? document.execCommand("insertText", false, words) : document.execCommand("delete")) return;
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
