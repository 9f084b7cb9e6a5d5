// What one has begun to write is kept in this browser for each conversation and person, until it is sent or they log out
// (forget.js).

import { filesIn, store, stored } from "./chat-send.js";
import { composer, me, opened, place } from "./chat-talk.js";
import { answer, stopAnswering } from "./chat-composer.js";

const name = () => `plumbline draft ${me} ${place()}`;

// Files that an earlier page has sent stand in the form as they are until their rows are there (upload-tray.js).
function keep(form, files = []) {
  const tray = form.querySelector("[data-tray]");
  const known = filesIn(form);
  for (const uuid of files.filter((one) => tray && !known.includes(one))) {
    const line = Object.assign(document.createElement("li"), { hidden: true });
    line.dataset.kept = "";
    line.append(Object.assign(document.createElement("input"), { type: "hidden", name: "files", value: uuid }));
    tray.append(line);
  }
  if (tray?.querySelector("[data-kept]")) form.dispatchEvent(new CustomEvent("tray-kept", { bubbles: true }));
}

export function save() {
  const form = composer();
  if (!form) return;
  const [body, reply] = [form.elements.body.value, form.elements.reply_to.value];
  const files = filesIn(form);
  store(name(), body.trim() || reply || files.length ? { body, reply, files } : null);
}

document.addEventListener("input", (event) => event.target.closest?.(".talk [data-composer]") && save());
document.addEventListener("talk-answering", save);
document.addEventListener("tray-changed", save);
document.addEventListener("talk-sent", () => {
  for (const line of composer().querySelectorAll("[data-kept]")) line.remove();
  composer().elements.body.value = "";
  stopAnswering();
  composer().elements.body.dispatchEvent(new Event("input", { bubbles: true }));
});

// What was refused after it was sent is there to be sent again.
document.addEventListener("talk-given-back", ({ target, detail }) => keep(target, detail.files));

opened(() => {
  const form = composer();
  const draft = form && stored(name(), null);
  if (form) keep(form, draft?.files);
  if (!draft || form.elements.body.value) return;
  form.elements.body.value = draft.body;
  const answered = draft.reply && !form.elements.reply_to.value && document.getElementById(`message-${draft.reply}`);
  if (answered) answer(answered, { focus: false });
});
