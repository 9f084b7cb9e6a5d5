// Who reads the newest stays at the foot as more comes; who reads further up stays there and is told. Older messages are
// read when their place comes into sight, and an answer leads to what it answers wherever that stands.

import { open as openPanel } from "./panel.js";
import { dress } from "./chat-list.js";
import { count, hasNewer, isRoom, list, me, messages, opened, part, talk, thread } from "./chat-talk.js";

const NEAR = 48;
let isAtFoot = false;
let missed = 0;

const scroller = () => talk().querySelector("[data-page]") ?? talk().closest(".issue");
const button = () => talk().querySelector("[data-to-foot]");
const away = () => {
  const { scrollHeight, scrollTop, clientHeight } = scroller();
  return scrollHeight - scrollTop - clientHeight;
};

function tell() {
  button().hidden = isAtFoot && !hasNewer() ? true : !missed && !(isRoom() && (hasNewer() || away() > scroller().clientHeight));
  button().querySelector("span").textContent = missed ? count("new", missed) : button().dataset.newest;
}

// A short page is at its foot without being read there.
function look() {
  if (!talk()) return;
  isAtFoot = away() < NEAR && (isRoom() || scroller().scrollTop > 0);
  if (away() < NEAR && !hasNewer()) missed = 0;
  tell();
}

export function toFoot() {
  if (hasNewer()) {
    location.assign(location.pathname);
    return;
  }
  scroller().scrollTop = scroller().scrollHeight;
  look();
}

function mark(message) {
  for (const old of talk().querySelectorAll(".is-marked")) old.classList.remove("is-marked");
  message.classList.add("is-marked");
  message.scrollIntoView({ block: "center" });
  message.focus({ preventScroll: true });
}

// --- Older and newer -------------------------------------------------------------------------------------------------

const partOf = (query) => part(`/${talk().dataset.project}/threads/${thread()}/messages/?${query}`);

// What one looks at stays where it is while something grows above it.
function keepingPlace(change) {
  const anchor = messages().find((message) => message.getBoundingClientRect().bottom > scroller().getBoundingClientRect().top);
  const before = anchor?.getBoundingClientRect().top ?? 0;
  change();
  if (anchor) scroller().scrollTop += anchor.getBoundingClientRect().top - before;
}

async function further(link) {
  const now = talk();
  sight.unobserve(link);
  link.setAttribute("aria-busy", "true");
  const page = await partOf(new URL(link.href).searchParams);
  if (!link.isConnected || talk() !== now) return;
  if (!page) {
    link.removeAttribute("aria-busy");
    return;
  }
  const isOlder = link.matches("[data-older]");
  const items = [...page.querySelectorAll("[data-messages] > li")].map((item) => document.adoptNode(item));
  const next = page.querySelector(isOlder ? "[data-older]" : "[data-newer]");
  keepingPlace(() => {
    list()[isOlder ? "prepend" : "append"](...items.filter((item) => !item.id || !document.getElementById(item.id)));
    if (next) link.replaceWith(document.adoptNode(next));
    else link.remove();
  });
  dress(list());
  watchEnds();
}

const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) further(target);
}, { rootMargin: "200px" });

function watchEnds() {
  sight.disconnect();
  for (const link of talk().querySelectorAll("a[data-older], a[data-newer]")) sight.observe(link);
}

async function jump(link) {
  const [id, seq] = [link.hash.slice(1), link.dataset.jump];
  const near = document.getElementById(id);
  if (near) {
    mark(near);
    return;
  }
  const { issue } = talk().dataset;
  if (issue) {
    const url = `/${issue}/?message=${seq}`;
    if (!talk().closest("#panel")) location.assign(`${url}#${id}`);
    else await openPanel(url, { push: false, focus: false });
  } else {
    const page = await partOf(`at=${seq}`);
    if (!page || !talk()) return;
    talk().querySelector("[data-page]").replaceWith(document.adoptNode(page.querySelector("[data-page]")));
    dress(list());
    begin();
  }
  const found = document.getElementById(id);
  if (found) mark(found);
}

document.addEventListener("click", (event) => {
  if (!talk() || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest?.(".talk a[data-jump]");
  const end = event.target.closest?.(".talk a[data-older], .talk a[data-newer]");
  if (link) jump(link);
  else if (end) further(end);
  else if (event.target.closest?.("[data-to-foot]")) {
    toFoot();
    return;
  } else return;
  event.preventDefault();
});

// --- Staying ---------------------------------------------------------------------------------------------------------

const sizes = new ResizeObserver(() => {
  if (!talk()) return;
  if (isAtFoot && !hasNewer()) scroller().scrollTop = scroller().scrollHeight;
  tell();
});

function begin() {
  scroller().addEventListener("scroll", look, { passive: true });
  sizes.disconnect();
  sizes.observe(scroller());
  if (list()) sizes.observe(list());
  watchEnds();
  look();
}

function arriveAt() {
  const marked = talk().querySelector(".message.is-marked") ?? document.querySelector(".message:target");
  const unread = talk().querySelector("[data-unread-line]");
  if (marked) mark(marked);
  else if (isRoom() && unread && !new URLSearchParams(location.search).has("before")) unread.scrollIntoView({ block: "center" });
  else if (isRoom() && !location.search) scroller().scrollTop = scroller().scrollHeight;
}

document.addEventListener("talk-grown", ({ detail }) => {
  if (detail.fresh.some((message) => message.dataset.author === me)) return;
  if (!isAtFoot && (isRoom() || scroller().scrollTop > 0)) missed += detail.fresh.length;
  tell();
});
document.addEventListener("talk-further", () => {
  missed += 1;
  tell();
});
document.addEventListener("talk-sent", () => {
  if (!list()) return;
  if (isRoom()) toFoot();
  else list().lastElementChild?.scrollIntoView({ block: "nearest" });
});

opened(() => {
  missed = 0;
  arriveAt();
  begin();
});
