// Forms on the pages about the API ([data-api-try]) send their operation with the session of whoever reads the page and
// its CSRF token, and show what came back as text.

const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

function request(form) {
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const field of form.querySelectorAll("[data-in]")) {
    const { in: place, name } = field.dataset;
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(field.value));
    else if (field.value && place === "query") query.append(name, field.value);
    else if (field.value && place === "header") headers[name] = field.value;
  }
  const body = form.querySelector("[data-body]")?.value;
  if (body) headers["Content-Type"] = "application/json";
  const address = query.size ? `${path}?${query}` : path;
  return [address, { method: form.dataset.method, headers, body, credentials: "same-origin" }];
}

async function answered(form) {
  const [address, options] = request(form);
  try {
    const response = await fetch(address, options);
    const text = await response.text();
    return [`${response.status} ${response.statusText}`, pretty(text)];
  } catch (error) {
    return [form.dataset.silence, String(error)];
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-api-try]");
  if (!form) return;
  event.preventDefault();
  // A button that is disabled would lose the focus; this one only says that it waits.
  const button = form.querySelector("[type=submit]");
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  const [status, text] = await answered(form);
  form.querySelector("[data-status]").textContent = status;
  const shown = form.querySelector("[data-text]");
  shown.textContent = text;
  shown.parentElement.hidden = !text;
  button.ariaDisabled = "false";
});
