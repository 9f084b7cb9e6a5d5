// Brings what sends and what shows files when it is wanted first. What is dropped, pasted and picked can be read only at once,
// so it is taken here: a text takes what lands on it, a message that is being written the rest of it, else the page's zone.

const FIELD = "textarea[name=description], textarea[name=body]";
const PICTURE = ".file[data-kind=picture] a[data-view], .md a.picture";
const upload = () => import("./upload.js");
const takes = (data) => data?.types.includes("Files") && document.querySelector("template[data-upload-row]");
let target = null;

function textFor(element) {
  const field = element.closest?.(FIELD);
  return field && !field.closest("[data-composer]") && document.querySelector("[data-files]") ? field : null;
}

function targetOf(element) {
  const area = element.closest?.("#panel, #main") ?? document.getElementById("main");
  return textFor(element) ?? element.closest?.("[data-composer][data-files]") ?? area.querySelector("[data-drop]") ?? area.querySelector("[data-composer][data-files]");
}

function aim(next) {
  if (next === target) return;
  target?.classList.remove("is-aimed");
  target = next;
  target?.classList.add("is-aimed");
}

// A folder is a file of no use to who would read it.
function filesOf({ items, files }) {
  const folders = new Set([...items].flatMap((item, at) => (item.webkitGetAsEntry?.()?.isDirectory ? [at] : [])));
  return [...files].map((file, at) => (folders.has(at) ? new File([], file.name) : file));
}

for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    if (!takes(event.dataTransfer)) return;
    event.preventDefault();
    aim(targetOf(event.target));
    event.dataTransfer.dropEffect = target ? "copy" : "none";
    if (name === "dragenter") upload();
  });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) aim(null); });
document.addEventListener("drop", async (event) => {
  if (!takes(event.dataTransfer)) return;
  event.preventDefault();
  const [aimed, files] = [targetOf(event.target), filesOf(event.dataTransfer)];
  aim(null);
  if (aimed) (await upload()).take(files, aimed);
});

document.addEventListener("paste", async (event) => {
  const { clipboardData: data, target: field } = event;
  // What is copied from a sheet or a page comes as a picture as well.
  if (!takes(data) || !data.files.length || data.types.includes("text/plain")) return;
  const isText = field.matches?.(FIELD);
  const aimed = isText && document.querySelector("[data-files]") ? field : targetOf(field);
  if (!aimed || (!isText && field.matches?.("input, textarea"))) return;
  event.preventDefault();
  const files = [...data.files];
  (await upload()).take(files, aimed, { isPasted: true });
});

document.addEventListener("change", async (event) => {
  const input = event.target;
  if (!input.matches?.("[data-pick]")) return;
  const aimed = input.closest("[data-composer][data-files], [data-drop]");
  const files = [...input.files];
  // The same may be picked again.
  input.value = "";
  if (aimed) (await upload()).take(files, aimed);
});

document.addEventListener("tray-kept", async ({ target: form }) => {
  await upload();
  (await import("./upload-tray.js")).restore(form);
});

// --- Looking at them -------------------------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const [menu, link] = [event.target.closest?.("a[data-file-menu]"), event.target.closest?.(PICTURE)];
  if ((!menu || !window.htmx) && !link) return;
  event.preventDefault();
  if (menu) (await import("./file-menu.js")).openMenu(menu);
  else (await import("./lightbox.js")).show(link);
});

// The server tells of a file that was renamed, removed or restored here.
document.addEventListener("file-changed", () => document.body.dispatchEvent(new CustomEvent("files-changed", { bubbles: true })));

// A picture that the worker has not made yet.
const wait = async (image) => image.matches?.(".picture > img") && (await import("./file-wait.js")).wait(image);
document.addEventListener("error", ({ target: image }) => wait(image), true);
for (const image of document.images) if (image.complete && !image.naturalWidth) wait(image);
