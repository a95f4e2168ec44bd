// A photo that was just chosen, as the preview of the answer shows it. It is drawn, so that no page
// need allow pictures from anywhere but the center; what cannot be drawn is for the server to judge.
const WIDEST = 640;

export function watchPhoto(form) {
  const file = form.querySelector("input[type=file]");
  if (!file) return;
  const most = Number(file.dataset.most);
  const alt = form.querySelector("input[name=alt]");
  const without = form.querySelector("input[name=no_photo]");
  const preview = shownIn(form.querySelector("[data-preview]"));

  const look = async () => {
    const chosen = file.files[0];
    const tooLarge = Boolean(chosen) && chosen.size > most;
    file.setCustomValidity(tooLarge ? "사진이 10MB보다 큽니다. 더 작은 사진을 골라 주세요." : "");
    file.reportValidity();
    alt.required = Boolean(chosen);
    const picture = chosen && !tooLarge ? await createImageBitmap(chosen).catch(() => null) : null;
    if (file.files[0] === chosen) preview.show(picture, without?.checked); // else another was chosen
    picture?.close();
  };
  file.addEventListener("change", look);
  alt.addEventListener("input", () => preview.describe(alt.value.trim()));
  without?.addEventListener("change", () => preview.keep(!without.checked));
  preview.describe(alt.value.trim());
  if (file.files.length) look(); // the browser kept it over a reload
}

function shownIn(preview) {
  const kept = [...preview.querySelectorAll(":scope > .answer-photo, :scope > .answer-photo + .quiet")];
  const canvas = document.createElement("canvas");
  const said = document.createElement("p");
  canvas.className = "answer-photo";
  canvas.setAttribute("role", "img");
  said.className = "quiet";
  canvas.hidden = said.hidden = true;
  preview.append(canvas, said);

  const keep = (wanted) => kept.forEach((one) => (one.hidden = !wanted || !canvas.hidden));
  return {
    keep,
    describe(words) {
      canvas.setAttribute("aria-label", words || "고르신 사진");
      said.textContent = words ? `사진과 설명이 함께 올라갑니다: ${words}` : "사진 설명을 적어 주세요. 사진과 함께 올라갑니다.";
    },
    show(picture, without) {
      canvas.hidden = said.hidden = !picture;
      keep(!without);
      if (!picture) return;
      const scale = Math.min(1, WIDEST / picture.width);
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    },
  };
}
