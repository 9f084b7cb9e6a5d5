// @ and the beginning of a name offer the people who can read the conversation: arrows and Enter or Tab, or the pointer.

import { talk } from "./chat-talk.js";
import { insert } from "./insert.js";
import { draw } from "./face.js";

const FIELD = ".talk textarea, [data-editor] textarea:not([data-one-line]), #from-message textarea";
const BEGUN = /(^|[\s([{"'])@([\w.-]{0,32})$/;
const PAUSE = 60;
const answers = new Map();
let field = null;
let turn = 0;

const box = () => document.getElementById("talk-people");
const options = () => [...box().children];
const chosen = () => box().querySelector("[aria-selected=true]");
const isOpen = () => Boolean(field && box()?.matches(":popover-open"));
const begun = (text) => BEGUN.exec(text.value.slice(0, text.selectionStart))?.[2];

async function people(start) {
  const { project, thread } = talk().dataset;
  const url = `/${project}/threads/${thread}/people/?q=${encodeURIComponent(start)}`;
  if (!answers.has(url)) {
    const response = await fetch(url).catch(() => null);
    if (!response?.ok || response.redirected) return [];
    answers.set(url, (await response.json()).people);
  }
  return answers.get(url);
}

function lineOf(person, at) {
  const line = box().parentElement.querySelector("template[data-person-row]").content.firstElementChild.cloneNode(true);
  const [face, name, second] = line.children;
  line.id = `talk-person-${at}`;
  line.dataset.username = person.username;
  draw(face, person);
  name.textContent = person.name;
  second.textContent = `@${person.username}`;
  return line;
}

function choose(line) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === line));
  line?.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", line?.id ?? "");
}

function close() {
  if (!field) return;
  box()?.hidePopover();
  for (const name of ["aria-activedescendant", "aria-controls", "aria-autocomplete"]) field.removeAttribute(name);
  field = null;
}

function open(text, found) {
  field = text;
  box().replaceChildren(...found.map(lineOf));
  box().showPopover();
  const at = text.getBoundingClientRect();
  const height = box().offsetHeight;
  Object.assign(box().style, { inset: "auto", margin: "0", left: `${at.left}px` });
  box().style.top = `${at.top > height + 8 ? at.top - height - 4 : at.bottom + 4}px`;
  text.setAttribute("aria-controls", "talk-people");
  text.setAttribute("aria-autocomplete", "list");
  choose(options()[0]);
}

function take(line) {
  const text = field;
  const start = begun(text) ?? "";
  text.setSelectionRange(text.selectionStart - start.length, text.selectionStart);
  insert(text, `${line.dataset.username} `);
  close();
}

async function look(text) {
  const asked = turn += 1;
  const start = begun(text);
  if (start === undefined || !talk()) {
    close();
    return;
  }
  await new Promise((done) => { setTimeout(done, PAUSE); });
  const found = asked === turn ? await people(start) : [];
  if (asked !== turn || document.activeElement !== text) return;
  if (found.length) open(text, found);
  else close();
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.(FIELD) && !event.isComposing) look(event.target);
});

// Before all others: while the list is open, these keys are its own.
document.addEventListener("keydown", (event) => {
  if (!isOpen() || event.target !== field || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = options();
  const at = all.indexOf(chosen());
  if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
  else if (event.key === "ArrowUp") choose(all.at(at - 1));
  else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && chosen()) take(chosen());
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// Not click: the field would have lost the focus by then.
document.addEventListener("pointerdown", (event) => {
  const line = event.target.closest?.("#talk-people > li");
  if (!line || !field) return;
  event.preventDefault();
  take(line);
});
document.addEventListener("focusout", (event) => event.target === field && close());
