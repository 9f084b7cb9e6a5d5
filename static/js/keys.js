// One key for one button: an element with data-key="c" is clicked (or focused, if one types into it) when that key is
// pressed; the focus stays where it was, and returns there from what opens. Never while typing, composing or asked something, and never with Ctrl, Alt or Meta. What lies over the page wins.

const TYPING = "input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]";
const LAYERS = ["[data-menu]:popover-open", "#panel", "body"];

function target(key) {
  for (const layer of LAYERS) {
    const found = [...document.querySelectorAll(`${layer} [data-key="${CSS.escape(key)}"]`)];
    const visible = found.find((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled);
    if (visible) return visible;
  }
  return null;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog:modal")) return;
  const element = target(event.key.toLowerCase());
  if (!element) return;
  event.preventDefault();
  if (element.matches(TYPING)) {
    element.focus();
    element.select?.();
  } else element.click();
});
