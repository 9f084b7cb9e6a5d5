// Ctrl+Enter (or Cmd+Enter) sends the form of a text of several lines ([data-send=ctrl-enter]).

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-send=ctrl-enter]");
  if (!field || event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  field.form.requestSubmit();
});
