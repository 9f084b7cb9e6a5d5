// Buttons that copy a text ([data-copy]) and say so; Ctrl+. presses the first of them.

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Without permission (or on plain http) the old way still works.
    const field = document.createElement("textarea");
    field.value = button.dataset.copy;
    button.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "ok", title: button.dataset.copied } }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "." || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const button = document.querySelector("#panel [data-copy], [data-copy]");
  if (!button) return;
  event.preventDefault();
  copy(button);
});
