// How many things in the inbox are unread, wherever a page shows it and before its title. The server counts; live.js and every
// change made on the inbox page say the new number.

const shown = () => document.querySelectorAll("[data-inbox-count]");

function entitle(count) {
  const plain = document.title.replace(/^\(\d+\) /, "");
  const title = count > 0 ? `(${count}) ${plain}` : plain;
  if (title !== document.title) document.title = title;
}

document.addEventListener("live-inbox", ({ detail }) => {
  for (const place of shown()) {
    place.textContent = String(detail.unread);
    place.hidden = detail.unread < 1;
  }
  entitle(detail.unread);
});

entitle(Number(shown()[0]?.textContent ?? 0));
