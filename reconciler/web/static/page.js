// A little comfort on top of pages that work without it: renewing, filtering while one types, copying.
"use strict";

const EVERY = 30_000;
const AFTER_TYPING = 300;
const RENEWED = ["languages", "notices", "ready", "states", "chart", "ignored", "matched", "rows", "world", "made"];
const byId = (id) => document.getElementById(id);

// One part of the page takes what the server has now. Focus and open folds stay where they were.
function replace(id, fresh) {
  const now = byId(id), next = fresh.getElementById(id);
  if (!now || !next || now.isEqualNode(next)) return;
  const focused = now.contains(document.activeElement) ? document.activeElement : null;
  const at = focused && [...now.querySelectorAll("a, button, summary, [tabindex]")].indexOf(focused);
  const [mark, href] = focused ? [focused.id, focused.getAttribute("href")] : [];
  const open = new Set([...now.querySelectorAll("details[open][id]")].map((each) => each.id));
  now.replaceChildren(...document.importNode(next, true).childNodes);
  for (const each of open) byId(each)?.setAttribute("open", "");
  if (!focused) return;
  const all = [...now.querySelectorAll("a, button, summary, [tabindex]")];
  const same = (mark && byId(mark)) || (href && all.find((each) => each.getAttribute("href") === href)) || all[at];
  same?.focus({ preventScroll: true });
}

let asked = 0;
async function renew(address) {
  const mine = ++asked;
  const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return; // Something newer was asked for meanwhile.
  const [left, top] = [window.scrollX, window.scrollY];
  for (const id of RENEWED) replace(id, fresh);
  window.scrollTo({ left, top, behavior: "instant" });
}

function keepFresh(line) {
  const [told, button] = line.children;
  let paused = false;
  line.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? button.dataset.goOn : button.dataset.pause;
  });
  setInterval(async () => {
    // Nothing moves under somebody who reads elsewhere, or marks text to copy it.
    if (paused || document.hidden || !getSelection().isCollapsed) return;
    try {
      await renew(location.href);
      told.textContent = told.dataset.on;
    } catch {
      told.textContent = told.dataset.failed;
    }
  }, EVERY);
}

function filterWhileTyping(form) {
  let timer;
  const ask = () => {
    const said = [...new FormData(form)].filter(([, value]) => value !== "");
    const address = `${form.action.split("?")[0]}?${new URLSearchParams(said)}`;
    // First the address, so that a renewal at the same moment asks for the same.
    history.replaceState(null, "", address);
    renew(address).catch(() => form.submit());
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, AFTER_TYPING);
  });
}

async function copy(button) {
  const field = byId(button.dataset.copies);
  let done = true;
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Without TLS there is no clipboard to write to; marking the text is the next best thing.
    field.focus();
    field.select();
    done = document.execCommand("copy");
  }
  button.textContent = done ? button.dataset.copied : button.dataset.failed;
  setTimeout(() => { button.textContent = button.dataset.label; }, 2500);
}

for (const button of document.querySelectorAll("button[data-copies]")) {
  button.hidden = false;
  button.dataset.label = button.textContent;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", () => copy(button));
}
if (byId("refresh")) keepFresh(byId("refresh"));
if (byId("filter")) filterWhileTyping(byId("filter"));
