// Brings the behaviours of a conversation to a page that has none until an issue opens in the panel.

const wanted = () => document.querySelector(".talk[data-thread]") && import("./chat.js");

document.addEventListener("htmx:load", wanted);
wanted();
