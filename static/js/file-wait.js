// A picture of a text whose file is still being looked at: it is asked for again once the file is ready.

const [SOON, SLOW, LAST, TRIES] = [1000, 10_000, 40, 5];
const tries = new WeakMap();

const isComing = (file) => ["pending", "checking"].includes(file?.state);

async function look(path) {
  const response = await fetch(`${path}state/`, { headers: { Accept: "application/json" } }).catch(() => null);
  return response?.ok && !response.redirected ? (await response.json()).file : null;
}

const rest = (time) => new Promise((done) => { setTimeout(done, time); });

// A storage that is away is not asked for ever.
export async function wait(image) {
  const turn = (tries.get(image) ?? 0) + 1;
  tries.set(image, turn);
  if (turn > TRIES) return;
  const link = image.parentElement;
  const path = new URL(link.href).pathname.replace(/view\/$/, "");
  link.dataset.state = "checking";
  let file = await look(path);
  for (let pause = SOON, asked = 0; isComing(file) && image.isConnected && asked < LAST; asked += 1) {
    await rest(pause);
    pause = Math.min(SLOW, pause * 1.4);
    file = await look(path);
  }
  link.dataset.state = file?.state ?? "gone";
  if (file?.state !== "ready") return;
  await rest(SOON * (turn - 1));
  image.src = image.getAttribute("src");
}
