// How many messages of each project's room one has not read, beside its name in the rail. The server counts; while the page
// stands, live.js says what is added and what was read.

const me = document.body.dataset.me;

function show(project, change) {
  for (const place of document.querySelectorAll(`[data-room-unread="${CSS.escape(project)}"]`)) {
    const number = Math.max(0, change(Number.parseInt(place.textContent, 10) || 0));
    place.firstChild.data = String(number);
    place.hidden = number < 1;
  }
}

document.addEventListener("live-frames", ({ detail }) => {
  const news = detail.frames.filter((frame) => frame.k === "message" && !frame.issue && frame.by !== me);
  if (news.length) show(detail.project, (number) => number + news.length);
});
document.addEventListener("live-room", ({ detail }) => show(detail.project, (number) => number + detail.unread));
document.addEventListener("live-read", ({ detail }) => {
  if (detail.project && !detail.issue) show(detail.project, () => detail.unread);
});
