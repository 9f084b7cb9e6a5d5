// Loads a fragment into an element through htmx. A newer one for the same element ends an older one that is still on its
// way; for that each element has a stand-in of its own, since htmx keeps one request for each element that asks.

const askers = new WeakMap();

function askerOf(target) {
  if (!askers.has(target)) {
    const asker = document.createElement("i");
    asker.hidden = true;
    asker.setAttribute("hx-sync", "this:replace");
    document.body.append(asker);
    askers.set(target, asker);
  }
  return askers.get(target);
}

// Resolves to true once the fragment stands there, to false where it was ended or failed.
export async function load(url, target) {
  try {
    await window.htmx.ajax("GET", url, { source: askerOf(target), target });
    return true;
  } catch {
    return false;
  }
}
