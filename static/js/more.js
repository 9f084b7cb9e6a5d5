// Reads a column's next cards when its end comes into sight. Without this the same link leads to the list.

async function load(link) {
  const item = link.closest(".more");
  const list = item.parentElement;
  link.setAttribute("aria-busy", "true");
  const response = await fetch(link.dataset.more, { headers: { "HX-Request": "true" } });
  if (!response.ok || response.redirected || !item.isConnected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = [...page.body.children].filter((card) => !card.id || !document.getElementById(card.id));
  item.replaceWith(...fresh.map((card) => document.adoptNode(card)));
  list.dataset.pages = Number(list.dataset.pages ?? 1) + 1;
  document.dispatchEvent(new CustomEvent("view-drawn"));
}

const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    load(target);
  }
}, { rootMargin: "300px" });

function watch() {
  sight.disconnect();
  for (const link of document.querySelectorAll("[data-more]:not([aria-busy])")) sight.observe(link);
}

document.addEventListener("view-drawn", watch);
watch();
