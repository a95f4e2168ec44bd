// Copy the text to be put up by hand. The button is only there where this works.
for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const said = document.querySelector(`[data-copied="${button.dataset.copy}"]`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = "복사했습니다.";
    } catch {
      said.textContent = "글을 선택했습니다. Ctrl+C로 복사하세요.";
    }
  });
}
