// Brings the behaviours of a conversation once one is on the page: a room, an issue's page, or an issue in the panel.

const wanted = () => document.querySelector(".talk[data-thread]") && import("./chat.js");

document.addEventListener("htmx:load", wanted);
wanted();
