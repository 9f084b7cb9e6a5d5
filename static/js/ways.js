// The matrix of what reaches a person, in a project: a box that is changed is a choice of one's own, and the one that says "as
// everywhere" brings the boxes of its line back. The server decides the same from what is sent.

document.addEventListener("change", ({ target }) => {
  const row = target.closest?.(".ways tr");
  const whole = row?.querySelector("[data-default]");
  if (!whole) return;
  const boxes = [...row.querySelectorAll(`input[name="${CSS.escape(whole.value)}"]`)];
  if (target !== whole) whole.checked = false;
  else if (whole.checked) boxes.forEach((box, at) => { box.checked = whole.dataset.default[at] === "1"; });
}, true);
