// The stream of an issue after a change: lines that are still there stay the same elements, so that focus, scroll and
// what is open in them survive; what the reader has read further back, and messages that have just arrived, stay too.

import { morph } from "./morph.js";

// The reader has read further back than the fresh page goes: what they have before its first line stays before it.
export function keepEarlier(old, fresh) {
  const [lines, list] = [old, fresh].map((part) => part.querySelector("ol"));
  const twin = [...lines.children].find((line) => line.id && line.id !== "stream-earlier" && fresh.querySelector(`#${line.id}`));
  const first = twin && fresh.querySelector(`#${twin.id}`);
  if (!first || lines.firstElementChild === twin || list.firstElementChild === first) return;
  while (list.firstElementChild !== first) list.firstElementChild.remove();
  for (let line = lines.firstElementChild; line !== twin; line = line.nextElementSibling) first.before(line.cloneNode(true));
}

// After a change of one's own the answer brings the stream along (hx-swap-oob).
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id !== "issue-stream") return;
  event.detail.shouldSwap = false;
  const fresh = fragment.firstElementChild;
  keepEarlier(target, fresh);
  morph(target, fresh, (line, next) => (!next && line.dataset?.message) || line.matches?.(".message:has([data-message-edit])"));
  window.htmx.process(target);
});
