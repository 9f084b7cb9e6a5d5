// The list of a project's files is read anew once others have added, renamed, removed or restored some of them.

const [PAUSE, JITTER] = [300, 700];
let pause = 0;

function soon() {
  clearTimeout(pause);
  pause = setTimeout(() => document.body.dispatchEvent(new CustomEvent("files-changed", { bubbles: true })), PAUSE + Math.random() * JITTER);
}

document.addEventListener("live-frames", ({ detail }) => detail.frames.some(({ k }) => k === "files") && soon());
document.addEventListener("live-reset", soon);
