// Triage with the keyboard: a digit chooses an office, a letter a field. Without it, all works by hand.
const typing = (target) => target.closest("input, select, textarea");
// With the keyboard set to Korean the O key gives ㅐ: then its place on the keyboard counts.
const pressed = ({ key, code }) => (/[^\x20-\x7e]/.test(key) ? code.replace(/^(Key|Digit)/, "") : key).toLowerCase();

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") document.activeElement.blur();
  if (typing(event.target)) return;
  const key = pressed(event);
  const chosen = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const field = document.querySelector(`[data-focus-key="${CSS.escape(key)}"]`);
  if (!chosen && !field) return;
  event.preventDefault();
  if (field) return field.focus();
  if (event.repeat) return; // a key held down decides one case, not the next ones too
  chosen.click();
});

// Enter in the menu of kinds sends its form.
for (const menu of document.querySelectorAll("select[data-focus-key]")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      menu.form.requestSubmit();
    }
  });
}

// One decision for one case: a second press while the next page loads does nothing.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (document.body.dataset.sent) event.preventDefault();
    document.body.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => delete document.body.dataset.sent);

for (const hint of document.querySelectorAll("[data-needs-keys]")) hint.hidden = false;

// What was typed and is no office comes back selected: the next letter replaces it.
document.querySelector("input[autofocus]")?.select();
