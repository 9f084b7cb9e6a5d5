// The chips of issues in a conversation (a.ref[data-ref]) say what state their issue is in. When that changes they are read
// again, all that changed together at once, as this reader may see them.

const PAUSE = 300;
const CHIP = ".talk a.ref[data-ref]";
let pause = 0;
const stale = new Set();

async function renew() {
  pause = 0;
  const keys = [...stale].slice(0, 50);
  stale.clear();
  const response = await fetch(`/refs/?keys=${keys.join()}`).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const { refs } = await response.json();
  for (const chip of document.querySelectorAll(CHIP)) {
    const html = refs[chip.dataset.ref];
    const fresh = html && new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    if (fresh && !chip.isEqualNode(fresh) && chip !== document.activeElement) chip.replaceWith(document.adoptNode(fresh));
  }
}

document.addEventListener("live-frames", ({ detail }) => {
  const shown = new Set([...document.querySelectorAll(CHIP)].map((chip) => chip.dataset.ref));
  for (const { k, key } of detail.frames) if (k === "issue" && shown.has(key)) stale.add(key);
  if (stale.size && !pause) pause = setTimeout(renew, PAUSE + Math.random() * PAUSE);
});
document.addEventListener("live-reset", () => {
  for (const chip of document.querySelectorAll(CHIP)) stale.add(chip.dataset.ref);
  if (stale.size) renew();
});
