// After a form came back: look where something is to be put right, or to be confirmed.
const place = document.querySelector("[data-look]");
place?.scrollIntoView({ block: "center" });
place?.focus({ preventScroll: true });
