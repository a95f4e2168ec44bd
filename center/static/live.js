// What becomes of a bulletin: asked anew every two seconds until it is finished.
const EVERY = 2000;
const place = document.querySelector("[data-live]");
const said = document.querySelector("[data-said]");

const sum = () => place.querySelector("[data-sum]").textContent;

async function look() {
  try {
    const answer = await fetch(place.dataset.live, { credentials: "same-origin" });
    if (answer.redirected || !answer.ok) throw new Error(answer.status);
    show(await answer.text());
  } catch {
    // signed out, or the center restarts: what stands here stays, and the link to reload is there
  }
  if (!place.querySelector("[data-finished]")) setTimeout(look, EVERY);
  else for (const act of document.querySelectorAll("[data-while-sending]")) act.remove();
}

function show(html) {
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  const before = sum();
  place.innerHTML = html;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (sum() !== before) said.textContent = sum();
}

setTimeout(look, EVERY);
