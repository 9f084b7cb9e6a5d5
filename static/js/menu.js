// Menus and pickers are native popovers and work without this. It adds: a place under the button where the browser
// cannot anchor, arrow keys, a filter while typing ([data-hunt]), and aria-expanded on the button that opened.

const CHOICE = "li > a, li > button, li > form > button, li > label > input";
const GAP = 4;

function opener(menu) {
  const buttons = [...document.querySelectorAll(`[popovertarget="${CSS.escape(menu.id)}"]`)];
  return buttons.find((button) => button === document.activeElement) ?? buttons.find((button) => button.checkVisibility());
}

function place(menu, button) {
  if (CSS.supports("position-area: block-end") || !button) return;
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP + height <= innerHeight;
  const left = menu.classList.contains("at-end") ? at.right - width : at.left;
  menu.style.inset = "auto";
  menu.style.margin = "0";
  menu.style.top = `${below ? at.bottom + GAP : Math.max(GAP, at.top - GAP - height)}px`;
  menu.style.left = `${Math.min(Math.max(GAP, left), innerWidth - width - GAP)}px`;
}

function choices(menu) {
  return [...menu.querySelectorAll(CHOICE)].filter((choice) => choice.checkVisibility());
}

function opened(menu, button) {
  place(menu, button);
  const first = menu.querySelector("[data-hunt]") ?? menu.querySelector("[aria-current=true]") ?? choices(menu)[0];
  first?.focus();
}

function hunt(input) {
  const menu = input.closest("[data-menu]");
  const wanted = input.value.trim().toLocaleLowerCase();
  let found = 0;
  for (const item of menu.querySelectorAll("ul > li")) {
    item.hidden = !item.textContent.toLocaleLowerCase().includes(wanted);
    found += item.hidden ? 0 : 1;
  }
  const none = menu.querySelector("[data-hunt-none]");
  if (none) none.hidden = found > 0;
}

function step(menu, key) {
  const list = choices(menu);
  const at = list.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? list.length - 1 : at - 1, Home: 0, End: list.length - 1 }[key];
  list.at(next % list.length)?.focus();
}

// toggle does not bubble, so it is caught on its way down: menus that arrive later need nothing.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.("[data-menu]")) return;
  const open = event.newState === "open";
  const button = opener(menu);
  button?.setAttribute("aria-expanded", String(open));
  if (open) opened(menu, button);
  const input = menu.querySelector("[data-hunt]");
  if (!open && input?.value) {
    input.value = "";
    hunt(input);
  }
}, true);

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-hunt]")) hunt(event.target);
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[data-menu]");
  if (!menu || event.isComposing) return;
  const typing = event.target.matches("[data-hunt]");
  if (event.key === "Enter" && typing) {
    event.preventDefault();
    choices(menu)[0]?.click();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) || (!typing && ["Home", "End"].includes(event.key))) {
    event.preventDefault();
    step(menu, event.key);
  }
});
