// A picture of a text whose file is still being looked at: it is asked for again once the file is ready.

const [SOON, SLOW, LAST] = [1000, 10_000, 40];
const waiting = new WeakSet();

const isComing = (file) => ["pending", "checking"].includes(file?.state);

async function look(path) {
  const response = await fetch(`${path}state/`, { headers: { Accept: "application/json" } }).catch(() => null);
  return response?.ok && !response.redirected ? (await response.json()).file : null;
}

export async function wait(image) {
  if (waiting.has(image)) return;
  waiting.add(image);
  const { href } = image.parentElement;
  const path = new URL(href).pathname.replace(/view\/$/, "");
  image.parentElement.dataset.state = "checking";
  let file = await look(path);
  for (let pause = SOON, turn = 0; isComing(file) && image.isConnected && turn < LAST; turn += 1) {
    await new Promise((done) => { setTimeout(done, pause); });
    pause = Math.min(SLOW, pause * 1.4);
    file = await look(path);
  }
  image.parentElement.dataset.state = file?.state ?? "gone";
  // Once; a storage that is away would be asked for ever.
  if (file?.state === "ready") image.src = `${image.getAttribute("src").split("?")[0]}`;
}
