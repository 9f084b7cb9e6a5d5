// What one has begun to write is kept in this browser for each conversation and person, until it is sent or they log out
// (forget.js).

import { store, stored } from "./chat-send.js";
import { composer, me, opened, place } from "./chat-talk.js";
import { answer, stopAnswering } from "./chat-composer.js";

const name = () => `plumbline draft ${me} ${place()}`;

export function save() {
  const form = composer();
  if (!form) return;
  const [body, reply] = [form.elements.body.value, form.elements.reply_to.value];
  store(name(), body.trim() || reply ? { body, reply } : null);
}

document.addEventListener("input", (event) => event.target.closest?.(".talk [data-composer]") && save());
document.addEventListener("talk-answering", save);
document.addEventListener("talk-sent", () => {
  composer().elements.body.value = "";
  stopAnswering();
  composer().elements.body.dispatchEvent(new Event("input", { bubbles: true }));
});

opened(() => {
  const form = composer();
  const draft = form && stored(name(), null);
  if (!draft || form.elements.body.value) return;
  form.elements.body.value = draft.body;
  const answered = draft.reply && !form.elements.reply_to.value && document.getElementById(`message-${draft.reply}`);
  if (answered) answer(answered, { focus: false });
});
