// How many messages the issues on a board or list have, and how many of them came since one last looked ([data-talk]). The
// server counts; while the page stands, live.js says what is added and what was read. It makes no marks, it counts up those
// that stand there: who has never looked at a discussion (no data-unread) is shown nothing new.

const me = document.body.dataset.me;
const placesOf = (key) => document.querySelectorAll(`[data-talk="${CSS.escape(key)}"]`);

// What is new to the reader is on no card that all share: the card that takes its old self's place has it from there.
export function keepUnread(old, fresh) {
  const [was, place] = [old, fresh].map((card) => card.querySelector("[data-talk]"));
  if (!was?.dataset.unread || !place) return;
  place.dataset.unread = was.dataset.unread;
  if (fresh.dataset.etag) fresh.dataset.etag = `${was.dataset.unread}-${fresh.dataset.etag}`;
}

function heard({ k, issue, count, by }) {
  for (const place of placesOf(issue)) {
    place.dataset.count = count;
    place.querySelector("b").textContent = count;
    // Who writes has read up to there.
    if (k === "message" && by === me) place.dataset.unread = 0;
    else if (k === "message" && place.dataset.unread) place.dataset.unread = Number(place.dataset.unread) + 1;
  }
}

document.addEventListener("live-frames", ({ detail }) => {
  for (const frame of detail.frames) if (frame.k.startsWith("message") && frame.issue) heard(frame);
});
document.addEventListener("live-read", ({ detail }) => {
  for (const place of placesOf(detail.issue ?? "")) place.dataset.unread = detail.unread;
});
