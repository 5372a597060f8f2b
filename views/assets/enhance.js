// Comforts; every page works without them.
"use strict";

for (const input of document.querySelectorAll("input[data-show]")) {
  const { show, hide, what } = input.dataset;
  const toggle = document.createElement("button");
  const verb = document.createElement("span");
  const rest = document.createElement("span");
  toggle.type = "button";
  toggle.className = "toggle";
  toggle.setAttribute("aria-controls", input.id);
  rest.className = "visually-hidden";
  rest.textContent = ` ${what}`;
  verb.textContent = show;
  toggle.append(verb, rest);
  toggle.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    verb.textContent = shown ? show : hide;
  });
  // Sent as a password whatever was shown, so that no browser remembers it among ordinary words.
  input.form.addEventListener("submit", () => {
    input.type = "password";
    verb.textContent = show;
  });
  input.parentElement.classList.add("has-toggle");
  input.parentElement.append(toggle);
}

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent || isTooMuch(form)) {
      event.preventDefault();
      return;
    }
    // Its answer is a file: the page stays, and its other buttons are pressed next.
    if (event.submitter?.hasAttribute("data-saves")) return;
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    // A lost connection must not lock the form for good.
    setTimeout(release, 10_000);
  });
}

function release() {
  for (const form of document.forms) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

// More than a form may send is told before it is sent: behind a refusal what was pasted would be gone.
function isTooMuch(form) {
  const texts = Array.from(form.querySelectorAll("textarea[data-most]"));
  const [longest] = texts.sort((one, other) => other.value.length - one.value.length);
  if (!longest || sizeOf(form) <= Number(longest.dataset.most)) return false;
  const told = document.getElementById(`${longest.id}-too-much`) ?? document.createElement("p");
  Object.assign(told, { id: `${longest.id}-too-much`, className: "field-error", role: "alert" });
  told.textContent = longest.dataset.tooMuch;
  longest.parentElement.before(told);
  longest.setAttribute("aria-invalid", "true");
  longest.focus();
  const take = () => {
    told.remove();
    longest.removeAttribute("aria-invalid");
  };
  longest.addEventListener("input", take, { once: true });
  return true;
}

// In bytes, as it would be sent.
function sizeOf(form) {
  const lines = (text) => text.replace(/\r?\n/g, "\r\n");
  const fields = Array.from(new FormData(form), ([name, value]) => [name, value.size ?? lines(value)]);
  if (form.enctype !== "multipart/form-data") return new URLSearchParams(fields).toString().length;
  const sizes = fields.map(([, value]) => (typeof value === "number" ? value : new Blob([value]).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

// What is typed or chosen goes along when the language is changed, but for what is secret: it waits in this tab until the page
// is there again, whose forms are the same in each language.
const typed = "typed-before-language";
const tab = tabStorage();
document.querySelector("form.language")?.addEventListener("submit", () => {
  tab?.setItem(typed, JSON.stringify(openFields().map(({ key, field }) => [key, stateOf(field)])));
});
if (tab?.getItem(typed)) {
  const states = new Map(JSON.parse(tab.getItem(typed)));
  tab.removeItem(typed);
  for (const { key, field } of openFields()) restore(field, states.get(key));
}

function openFields() {
  const secret = "[type=password], [type=hidden], [type=file], [autocomplete=one-time-code], [data-show]";
  const fields = document.querySelectorAll(`input:not(${secret}), select, textarea`);
  const seen = new Map();
  return Array.from(fields).map((field) => {
    const name = JSON.stringify([field.form?.getAttribute("action"), field.name, isTicked(field) && field.value]);
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    return { key: name + nth, field };
  });
}

function isTicked({ type }) {
  return type === "checkbox" || type === "radio";
}

function stateOf(field) {
  return isTicked(field) ? field.checked : field.value;
}

function restore(field, state) {
  if (state === undefined || state === stateOf(field)) return;
  if (isTicked(field)) field.checked = state;
  else field.value = state;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// A browser that keeps nothing throws.
function tabStorage() {
  try {
    return window.sessionStorage;
  } catch {
    return undefined;
  }
}

// A search that narrows its list while one types: the same page is asked for, and its list is put in place of this one.
for (const form of document.querySelectorAll("form[data-narrow]")) {
  const list = document.getElementById(form.dataset.narrow);
  let asked = 0;
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(narrow, 250);
  });
  async function narrow() {
    const mine = ++asked;
    const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
    const answer = await fetch(address).catch(() => undefined);
    // A later one is under way, or this page is asked no more: the button leads to what is to be said.
    if (mine !== asked || !answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById(list.id);
    if (mine !== asked || !found) return;
    const chosen = list.querySelector(":checked")?.id;
    replaceAround(list.querySelector("[role=status]"), found, list);
    const again = chosen && document.getElementById(chosen);
    if (again) again.checked = true;
  }
}

// What tells how many there are stays the same element: a reader tells of what changes in it, and not of another in its place.
function replaceAround(told, found, list) {
  const now = found.querySelector("[role=status]");
  if (told?.parentElement !== list || now?.parentElement !== found) {
    list.replaceChildren(...found.childNodes);
    return;
  }
  const nodes = Array.from(found.childNodes);
  const at = nodes.indexOf(now);
  for (const old of Array.from(list.childNodes)) if (old !== told) old.remove();
  told.before(...nodes.slice(0, at));
  told.after(...nodes.slice(at + 1));
  if (told.textContent !== now.textContent) told.textContent = now.textContent;
}

// How many boxes are ticked, told as it changes; the box for all stands for as many as there are on every page.
for (const boxes of document.querySelectorAll("[data-counted]")) {
  const told = document.getElementById(boxes.dataset.counted);
  const tell = () => {
    const all = boxes.querySelector("[name=all]:checked");
    const count = all ? told.dataset.all : boxes.querySelectorAll(":checked").length;
    const shown = Number(count).toLocaleString(document.documentElement.lang);
    told.textContent = told.dataset.text.replace("{}", shown);
  };
  told.hidden = false;
  boxes.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);
}

// What is to be kept: a list copied line by line, and the page on paper. A link that saves it needs no script.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  const list = document.getElementById(button.dataset.copy);
  const told = document.getElementById(`${list.id}-copied`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const lines = Array.from(list.children, (line) => line.textContent.trim());
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
    } catch {
      // Not allowed here: they can still be saved, or marked by hand.
      button.hidden = true;
      return;
    }
    told.textContent = button.dataset.copied;
    button.textContent = button.dataset.copied;
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// An offer for who has a device that recognises them; without one nothing is shown.
const offered = document.querySelectorAll("[data-for-passkeys]");
if (offered.length > 0 && window.PublicKeyCredential) {
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then((canHold) => {
    for (const offer of offered) offer.hidden = !canHold;
  });
}

// A page that comes back from the browser's history may be sent again.
window.addEventListener("pageshow", release);

// The answer of an authorization that is sent as a form: its button does the same.
document.querySelector("form[data-send-at-once]")?.requestSubmit();
