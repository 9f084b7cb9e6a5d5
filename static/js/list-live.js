// A list follows what others do: rows that are shown change where they stand, at once; which rows are shown, and in what
// order, is read anew a moment later. Ticks, focus and scroll stay.

import { keepingFocus, morph } from "./morph.js";
import { keepUnread } from "./talk-count.js";
import { refreshSoon, view } from "./view.js";

const list = () => view()?.matches("[data-list]") && view();
const rowOf = (key) => list().querySelector(`tr[data-issue="${CSS.escape(key)}"]`);

// A row alone is no page; the parser wants its table around it.
function parsed(row) {
  return new DOMParser().parseFromString(`<table>${row}</table>`, "text/html").querySelector("tr");
}

document.addEventListener("live-frames", ({ detail: { project, frames } }) => {
  if (list()?.dataset?.list !== project) return;
  keepingFocus(() => {
    for (const { k, key, gone, row } of frames) {
      const old = k === "issue" && rowOf(key);
      const fresh = row && parsed(row);
      if (old && gone) old.remove();
      if (!old || !fresh) continue;
      keepUnread(old, fresh);
      morph(old, fresh);
    }
  });
  if (frames.some(({ k }) => k === "issue" || k === "project")) refreshSoon();
});
document.addEventListener("live-reset", () => list() && refreshSoon());
