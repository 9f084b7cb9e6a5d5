// A list follows what others do: rows that are shown change where they stand, at once, and in the usual order the newest
// rises to the top. Which rows are shown and how many there are is read anew where a change may concern it, at leisure:
// many people look at one list. Ticks, focus and scroll stay.

import { keepingFocus, morph } from "./morph.js";
import { keepUnread } from "./talk-count.js";
import { refreshSoon, shownAddress, view } from "./view.js";

const REST = 2000;
const JITTER = 1000;
// The fields on which the address's filters and orders depend (issues.filters).
const DEPENDS = new Map(Object.entries({
  state: ["state"],
  category: ["state"],
  assignee: ["assignee"],
  label: ["labels"],
  type: ["kind"],
  priority: ["priority"],
  due: ["due_on"],
  title: ["title"],
  q: ["title", "description"],
}));
let told = 0;
let pending = 0;

const list = () => view()?.matches("[data-list]") && view();
const rowOf = (key) => list().querySelector(`tr[data-issue="${CSS.escape(key)}"]`);
const query = () => new URL(shownAddress(), location).searchParams;
const changedAt = (row) => row.querySelector("td:last-child time").dateTime;

function readAnew() {
  pending ||= setTimeout(() => {
    pending = 0;
    if (list()) refreshSoon();
  }, REST + Math.random() * JITTER);
}

// A row alone is no page; the parser wants its table around it.
function parsed(row) {
  return new DOMParser().parseFromString(`<table>${row}</table>`, "text/html").querySelector("tr");
}

// Says whether a change of these fields may bring or take rows, or order them anew. A place in a column is no field.
function mayRearrange(fields) {
  const order = (query().get("sort") ?? "").replace("-", "");
  return order === "state" || [...query().keys(), order].some((name) => DEPENDS.get(name)?.some((field) => field in fields));
}

// Puts a row that has just changed where the order by the last change wants it; says whether that could be done.
function rise(row, isAlone) {
  const [order, page] = [query().get("sort") || "-updated", query().get("page") || "1"];
  if (!order.endsWith("updated")) return true;
  if (order !== "-updated" || page !== "1") return false;
  if (row === row.parentElement.firstElementChild) return true;
  if (isAlone) row.parentElement.prepend(row);
  return isAlone;
}

// Says whether the list is what a fresh one would be once the row is changed.
function apply({ key, gone, row, fields }, isAlone) {
  const [old, fresh] = [rowOf(key), row && parsed(row)];
  if (old && gone) old.remove();
  if (!old || !fresh) return false;
  const isNewer = changedAt(fresh) !== changedAt(old);
  keepUnread(old, fresh);
  morph(old, fresh);
  return !mayRearrange(fields) && (!isNewer || rise(old, isAlone));
}

document.addEventListener("live-frames", ({ detail: { project, frames, seq } }) => {
  if (list()?.dataset?.list !== project) return;
  const issues = frames.filter(({ k }) => k === "issue");
  if (issues.length) told = Math.max(told, seq);
  keepingFocus(() => {
    if (!issues.map((frame) => apply(frame, issues.length === 1)).every(Boolean)) readAnew();
  });
  if (frames.some(({ k }) => k === "project")) refreshSoon();
});
document.addEventListener("live-reset", () => list() && refreshSoon());
// What was read before the last news came is read once more.
document.addEventListener("view-drawn", () => {
  if (list()?.dataset?.seq < told) readAnew();
});
