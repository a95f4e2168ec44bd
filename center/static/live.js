// What becomes of a bulletin: asked anew while it is sent, then more slowly until it was read back.
const EVERY = 2000;
const EVERY_AFTER = 5000;
const place = document.querySelector("[data-live]");
const said = document.querySelector("[data-said]");

const has = (mark) => place.querySelector(`[${mark}]`) !== null;
const sum = () => place.querySelector("[data-sum]").textContent;

async function look() {
  try {
    const answer = await fetch(place.dataset.live, { credentials: "same-origin" });
    if (answer.redirected || !answer.ok) throw new Error(answer.status);
    show(await answer.text());
  } catch {
    // signed out, or the center restarts: what stands here stays, and the link to reload is there
  }
  goOn();
}

function show(html) {
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  const before = sum();
  place.innerHTML = html;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (sum() !== before) said.textContent = sum();
}

function goOn() {
  const over = '[data-while-sending], [data-done="bulletin_approved"]';
  if (has("data-finished")) for (const one of document.querySelectorAll(over)) one.remove();
  if (!has("data-proved")) setTimeout(look, has("data-finished") ? EVERY_AFTER : EVERY);
}

goOn();
