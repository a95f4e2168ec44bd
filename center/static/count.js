// The answer's length as its network counts it, and how the citizen will see it, while typing.
// The server counts again and has the last word (rules/text.py); here it is the same by its rules.

import { watchPhoto } from "/static/photo.js";

const clusters = new Intl.Segmenter("ko", { granularity: "grapheme" });
const EMOJI = /^(?:\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Extended_Pictographic})/u;
const LINK = /https?:\/\/[\x21-\x7e]*[\w/=#&-]/gi;
const BARE = /(?<![\w@＠$#＃./-])(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z]{2,}(?![a-z0-9@+-])(?:\/[\x21-\x7e]*[\w/=#&-])?/gi;
const LIGHT = [[0x0000, 0x10ff], [0x2000, 0x200d], [0x2010, 0x201f], [0x2032, 0x2037]];
const bytes = new TextEncoder();

const letterWeight = (text) =>
  [...text].reduce((sum, c) => sum + (LIGHT.some(([a, b]) => c.codePointAt(0) >= a && c.codePointAt(0) <= b) ? 1 : 2), 0);

const MEASURES = {
  weighted: (cluster) => (cluster.length > 1 && EMOJI.test(cluster) ? 2 : letterWeight(cluster)),
  graphemes: () => 1,
  characters: (cluster) => [...cluster].length,
  utf8_emoji: (cluster) => (EMOJI.test(cluster) ? bytes.encode(cluster).length : [...cluster].length),
};

export function count(text, unit, url) {
  const measure = (piece) => [...clusters.segment(piece)].reduce((sum, { segment }) => sum + MEASURES[unit](segment), 0);
  text = text.normalize("NFC");
  if (!url) return measure(text);
  const links = unit === "weighted" ? new RegExp(`${LINK.source}|${BARE.source}`, "gi") : LINK;
  let total = 0;
  let done = 0;
  for (const found of text.matchAll(links)) {
    total += measure(text.slice(done, found.index)) + url;
    done = found.index + found[0].length;
  }
  return total + measure(text.slice(done));
}

/** Shows one post, where the server may have shown several. */
function showOne(bubble, whole) {
  const [first, ...others] = bubble.querySelectorAll(".said");
  first.textContent = whole;
  others.forEach((other) => other.remove());
}

function watch(form) {
  const text = form.querySelector("textarea[name=text]");
  const preview = form.querySelector("[data-preview]");
  const warning = form.querySelector("[data-too-long]");
  const counters = [...form.querySelectorAll("[data-count]")];
  const shown = [...form.querySelectorAll("[data-shown] .bubble")];

  const update = () => {
    const words = text.value.trim();
    let tooLong = false;
    counters.forEach((counter, n) => {
      const { before, after, unit, url, limit } = counter.dataset;
      const whole = before + words + after;
      const length = count(whole, unit, Number(url));
      counter.querySelector("[data-now]").textContent = length;
      counter.classList.toggle("over", length > Number(limit));
      tooLong ||= length > Number(limit);
      if (shown[n]) showOne(shown[n], whole);
    });
    const said = tooLong ? "글이 한 번에 올릴 수 있는 길이를 넘습니다. 나가는 모습을 미리보기로 확인하세요." : "";
    if (warning.textContent !== said) warning.textContent = said;
    preview.hidden = !words || tooLong;
    // what is shown while typing is the preview; what will be cut is shown by the server first
    form.querySelector("[data-previewed]").value = words && !tooLong ? "yes" : "";
  };
  text.addEventListener("input", update);
  if (text.value.trim() && preview.hidden) update();
}

for (const form of document.querySelectorAll("form[data-counted]")) {
  watch(form);
  watchPhoto(form);
}
