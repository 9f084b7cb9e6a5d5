// Who is writing, told at most each three seconds and believed for five; and who is in the room.

import { typing } from "./live.js";
import { talk, thread, words } from "./chat-talk.js";
import { draw as drawFace } from "./face.js";

const [EVERY, LASTS] = [3000, 5000];
const writing = new Map();
let told = 0;

function draw() {
  const line = talk()?.querySelector("[data-typing]");
  if (!line) return;
  const names = [...writing.values()].map((one) => one.name);
  const [first = "", second = ""] = names;
  const pattern = ["", "oneWrites", "twoWrite"][names.length] ?? "manyWrite";
  line.textContent = pattern && words(pattern).replace("{}", first).replace("{}", second);
}

function stop(username) {
  clearTimeout(writing.get(username)?.end);
  if (writing.delete(username)) draw();
}

document.addEventListener("live-typing", ({ detail }) => {
  const { username, name } = detail.person;
  if (!talk() || detail.thread !== thread() || username === document.body.dataset.me) return;
  clearTimeout(writing.get(username)?.end);
  writing.set(username, { name, end: setTimeout(stop, LASTS, username) });
  draw();
});

// Whoever has said it writes no more.
document.addEventListener("talk-grown", ({ detail }) => {
  for (const message of detail.fresh) stop(message.dataset.author);
});
document.addEventListener("talk-changed", () => {
  for (const username of [...writing.keys()]) stop(username);
});

document.addEventListener("input", (event) => {
  if (!event.target.matches?.(".talk [data-composer] textarea") || !thread() || !event.target.value.trim()) return;
  if (Date.now() - told < EVERY) return;
  told = Date.now();
  typing(thread());
});
document.addEventListener("talk-sent", () => { told = 0; });

document.addEventListener("live-here", ({ detail }) => {
  const here = document.querySelector("[data-here]");
  if (!here || detail.thread !== thread()) return;
  const row = here.querySelector("template[data-here-row]").content.firstElementChild;
  here.querySelector("[data-here-people]").replaceChildren(...detail.people.map((person) => {
    const line = row.cloneNode(true);
    const [face, name] = line.children;
    drawFace(face, person);
    name.textContent = person.name;
    return line;
  }));
  here.hidden = !detail.people.length;
});
