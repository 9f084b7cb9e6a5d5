// Makes a part of the page like a fresh one and leaves every element that is still there in its place, so that focus,
// scroll, ticks and whatever is open survive. `keeps(old, fresh)` returns true for what must stay as it is (fresh is null
// where there is no such element any more).

const TEXT = ["value", "defaultValue"];
const TICK = ["checked", "defaultChecked"];
const nameOf = (node) => (node.dataset ? node.id || node.dataset.issue || node.dataset.state || node.dataset.message || "" : "");
const isLike = (old, fresh) => old.nodeName === fresh.nodeName && nameOf(old) === nameOf(fresh);

// The node from `at` on that is to become `fresh`; what has no name is not looked for beyond one that has.
function matchOf(at, fresh) {
  const name = nameOf(fresh);
  for (let node = at; node; node = node.nextSibling) {
    if (isLike(node, fresh)) return node;
    if (!name && nameOf(node)) return null;
  }
  return null;
}

function copyAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.matches("details"))) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

// Returns what now stands where `at` stood: `at` itself, or the next that stays.
function pass(at, until, keeps, isGone) {
  while (at && at !== until && isGone(at)) {
    const next = at.nextSibling;
    if (!keeps(at, null)) at.remove();
    at = next;
  }
  return at;
}

function copyChildren(old, fresh, keeps) {
  const names = new Set([...fresh.childNodes].map(nameOf));
  const isGone = (node) => !names.has(nameOf(node));
  const isPassed = (node) => !nameOf(node) || isGone(node);
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    at = pass(at, null, keeps, isGone);
    const match = matchOf(at, next);
    if (match) at = pass(at, match, keeps, isPassed);
    if (!match) old.insertBefore(document.adoptNode(next), at);
    else if (match !== at) old.insertBefore(match, at);
    else at = at.nextSibling;
    if (match) morph(match, next, keeps);
  }
  pass(at, null, keeps, () => true);
}

export function morph(old, fresh, keeps = () => false) {
  if (old.isEqualNode(fresh) || keeps(old, fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.data = fresh.data;
    return;
  }
  // A field in which nothing was typed shows what the server says now.
  const [value, given] = old.matches("[type=checkbox], [type=radio]") ? TICK : TEXT;
  const isClean = old.matches("input, textarea") && old[value] === old[given];
  copyAttributes(old, fresh);
  copyChildren(old, fresh, keeps);
  if (isClean) old[value] = old[given];
}

// Whoever had the focus has it again; where that is gone, what `instead` names.
export function keepingFocus(change, instead = () => null) {
  const active = document.activeElement;
  change();
  if (document.activeElement === active || active === document.body) return;
  (active.isConnected ? active : instead())?.focus({ preventScroll: true });
}
