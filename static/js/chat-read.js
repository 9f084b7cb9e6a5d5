// What has stood on the screen for a second while one looks at the page counts as read.

import { read } from "./live.js";
import { messages, opened, post, talk, thread, me } from "./chat-talk.js";

const LOOK = 1000;
let wait = 0;

function newestSeen() {
  return messages().reverse().find((message) => {
    const { top, bottom } = message.getBoundingClientRect();
    return bottom > 0 && top < innerHeight && message.checkVisibility() && isUncovered(message);
  });
}

// Inside of what scrolls, and not under the place where one writes.
function isUncovered(message) {
  const box = (talk().querySelector("[data-page]") ?? talk().closest(".issue")).getBoundingClientRect();
  const form = document.getElementById("composer")?.getBoundingClientRect();
  const { top, bottom } = message.getBoundingClientRect();
  return Math.min(bottom, top + 24) <= Math.min(box.bottom, form?.top ?? box.bottom) && bottom >= box.top;
}

function note() {
  const seen = talk() && thread() && !document.hidden && document.hasFocus() ? newestSeen() : null;
  const seq = Number(seen?.dataset.seq ?? 0);
  if (seq <= Number(talk()?.dataset.read ?? 0)) return;
  talk().dataset.read = seq;
  if (!read(thread(), seq)) post(`/${talk().dataset.project}/threads/${thread()}/read/`, { seq }).catch(() => null);
}

function soon() {
  clearTimeout(wait);
  if (me) wait = setTimeout(note, LOOK);
}

for (const name of ["talk-grown", "talk-changed", "visibilitychange"]) document.addEventListener(name, soon);
document.addEventListener("scroll", soon, { capture: true, passive: true });
addEventListener("focus", soon);
document.addEventListener("live-read", ({ detail }) => {
  if (talk() && detail.thread === thread()) talk().dataset.read = Math.max(Number(talk().dataset.read), detail.seq);
});
opened(soon);
