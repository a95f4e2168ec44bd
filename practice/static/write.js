// While a citizen writes: how long the post is, and which handle the nickname becomes.
// The server counts again and has the last word (practice/text.py); here it is the same by its rules.

const ENTITY = /(?<url>https?:\/\/[^\s<>"'（）「」『』，。]+)|(?<![=/\p{L}\p{M}\p{N}_@])@[a-zA-Z0-9_]+(?![a-zA-Z0-9_@])|(?<![=/)\p{L}\p{N}_])[#＃][\p{L}\p{M}\p{N}_]*[\p{L}\p{M}_][\p{L}\p{M}\p{N}_]*/gu;
const MENTION = /(?<![=/\p{L}\p{M}\p{N}_@])@([a-zA-Z0-9_]+)(?![a-zA-Z0-9_@])/gu;
const TRAILING = /[.,;:!?)\]}'"…]+$/;
const URL_LENGTH = 23;
const letters = new Intl.Segmenter("ko", { granularity: "grapheme" });
const graphemes = (text) => [...letters.segment(text)].length;

export function count(text) {
  let total = 0;
  let done = 0;
  for (const found of text.matchAll(ENTITY)) {
    const { url } = found.groups;
    const whole = url ? url.replace(TRAILING, "") : found[0];
    total += graphemes(text.slice(done, found.index)) + (url ? URL_LENGTH : [...whole].length);
    done = found.index + whole.length;
  }
  return total + graphemes(text.slice(done));
}

// The post as it will be sent: the account it speaks to stands in front, unless it is named already.
export function addressed(text, to) {
  const words = text.trim();
  const named = [...words.matchAll(MENTION)].some((found) => found[1].toLowerCase() === to);
  return to && !named ? `@${to} ${words}`.trim() : words;
}

function watch(form) {
  const field = (name) => form.elements.namedItem(name);
  const counter = form.querySelector(".counter");
  const limit = counter.querySelector("[data-limit]");
  const over = counter.querySelector("[data-over]");
  const told = form.querySelector("[data-handle]");
  let asked = 0;

  const recount = () => {
    const length = count(addressed(field("text").value, field("to").value));
    const left = Number(limit.textContent) - length;
    counter.querySelector("[data-now]").textContent = length;
    counter.classList.toggle("over", left < 0);
    const said = left < 0 ? "글이 너무 깁니다." : "";
    if (over.textContent !== said) over.textContent = said;
  };

  const name = async (nickname) => {
    const mine = ++asked;
    if (!nickname.trim()) return (told.textContent = "");
    try {
      const answer = await fetch(`/write/handle?nickname=${encodeURIComponent(nickname)}`);
      const found = await answer.json();
      if (mine !== asked) return; // another letter was typed since
      if (found.problem) return (told.textContent = found.problem);
      told.textContent = `${found.known ? "있는 시민" : "새 시민"} @${found.handle} 계정으로 올립니다.`;
      limit.textContent = found.limit;
      recount();
    } catch {
      told.textContent = ""; // the server restarts, say: the form works without it
    }
  };

  let later;
  field("nickname").addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(() => name(field("nickname").value), 250);
  });
  field("text").addEventListener("input", recount);
  field("to").addEventListener("change", recount);
  counter.hidden = false;
  recount();
  name(field("nickname").value);
}

const form = document.querySelector("form.write");
if (form) watch(form);
