// Asks the browser for a passkey when a form[data-passkey] is sent, and sends what it says in the field `credential`.
// What to ask stands in data-passkey-options, or is fetched from data-passkey-ask just before.

const ways = {
  create: ({ publicKey }) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) }),
  get: ({ publicKey }) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }),
};
const isKnown = () => "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

async function question(form) {
  const { passkeyAsk, passkeyOptions } = form.dataset;
  if (passkeyOptions) return JSON.parse(passkeyOptions);
  const response = await fetch(passkeyAsk, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()).request_options;
}

function say(form, name) {
  const said = form.querySelector("[data-passkey-said]");
  said.textContent = name ? said.dataset[name] : "";
  said.hidden = !name;
}

async function ask(form) {
  if (!isKnown()) {
    say(form, "none");
    return;
  }
  say(form, "");
  try {
    const credential = await ways[form.dataset.passkey](await question(form));
    form.elements.credential.value = JSON.stringify(credential.toJSON());
  } catch {
    say(form, "failed");
    return;
  }
  form.submit();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-passkey]");
  if (!form) return;
  event.preventDefault();
  ask(form);
});
