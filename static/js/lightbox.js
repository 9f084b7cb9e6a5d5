// A picture over the page: what its own page shows, with the arrows to the pictures beside it. Without this the same link leads
// to that page.

const CLOSE = "#keysheet form[method=dialog]";
let opener = null;
let asked = "";

const dialog = () => document.querySelector("dialog.lightbox");

function open() {
  const box = Object.assign(document.createElement("dialog"), { className: "lightbox" });
  box.setAttribute("closedby", "any");
  box.addEventListener("close", () => {
    box.remove();
    asked = "";
    // The browser has given it back where it can; whoever has gone on by now is left alone.
    if (opener?.isConnected && document.activeElement.matches("body, [aria-hidden]")) opener.focus({ preventScroll: true });
  });
  box.addEventListener("keydown", (event) => {
    const link = { ArrowLeft: "a[rel=prev]", ArrowRight: "a[rel=next]" }[event.key];
    if (!link || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    box.querySelector(link)?.click();
  });
  box.addEventListener("click", (event) => {
    const link = event.target.closest("a[rel=prev], a[rel=next]");
    // What lies beside the picture is not the picture.
    if (!link && event.target.matches("dialog, [data-viewer], .picture") && !event.target.closest("header")) box.close();
    if (!link && !event.target.closest("a.picture")) return;
    event.preventDefault();
    if (link) turn(box, link.href, link.rel);
  });
  document.body.append(box);
  box.showModal();
  return box;
}

// What changes the file is done where it stands.
function dress(box, viewer) {
  for (const part of viewer.querySelectorAll("form, a[href$='/rename/']")) part.remove();
  viewer.querySelector("header").append(document.querySelector(CLOSE).cloneNode(true));
  box.setAttribute("aria-label", viewer.getAttribute("aria-label"));
  box.replaceChildren(viewer);
}

async function turn(box, href, pressed = "") {
  asked = href;
  box.setAttribute("aria-busy", "true");
  const response = await fetch(href, { headers: { "HX-Request": "true" } }).catch(() => null);
  const page = response?.ok && !response.redirected ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  if (asked !== href || !box.open) return;
  const viewer = page?.querySelector("[data-viewer]");
  if (!viewer) {
    location.assign(href);
    return;
  }
  dress(box, document.adoptNode(viewer));
  box.removeAttribute("aria-busy");
  (box.querySelector(`a[rel=${pressed || "none"}]`) ?? box.querySelector("form[method=dialog] button")).focus();
}

export function show(link) {
  if (dialog()?.open) return;
  opener = link.matches("[aria-hidden]") ? link.parentElement.querySelector("a.name") ?? link : link;
  turn(open(), link.href);
}
