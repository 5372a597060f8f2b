// Passkeys are the browser's own: what its device answers is put into an ordinary form.
"use strict";

const known = Boolean(window.PublicKeyCredential && navigator.credentials);

for (const told of document.querySelectorAll("[data-passkeys-unknown]")) told.hidden = known;
if (known) {
  // What stands open for who has no passkey at hand, or no script.
  for (const other of document.querySelectorAll("[data-closed-by-passkeys]")) other.open = false;
  for (const form of document.querySelectorAll("form[data-passkey]")) offer(form);
}

function offer(form) {
  const button = form.querySelector("button");
  const failure = form.querySelector("[role=alert]");
  let asked;
  let filling;
  // At once: a browser that is asked by a button does not wait for long.
  const begin = () => {
    asked = optionsOf(form);
    filling = autofill(form, asked);
    asked.catch(() => {
      // Asked again where the button is pressed.
      asked = undefined;
    });
  };
  begin();
  form.hidden = false;
  button.addEventListener("click", async () => {
    // Not disabled meanwhile: the focus of who came by keyboard would be gone from it.
    if (button.hasAttribute("aria-busy")) return;
    // A device answers one request at a time.
    filling?.abort();
    failure.hidden = true;
    button.setAttribute("aria-busy", "true");
    const begun = performance.now();
    let options;
    try {
      asked ??= optionsOf(form);
      options = await asked;
      send(form, await answer(form, options));
      // A lost connection must not lock the button for good.
      setTimeout(() => {
        button.removeAttribute("aria-busy");
      }, 10_000);
    } catch (error) {
      const cause = causeOf(error, form, performance.now() - begun, options?.timeout);
      failure.textContent = `${failure.dataset[cause]} ${failure.dataset.exit}`;
      failure.hidden = false;
      button.removeAttribute("aria-busy");
      if (options) filling = autofill(form, asked);
      else asked = undefined;
    }
  });
  window.addEventListener("pageshow", ({ persisted }) => {
    button.removeAttribute("aria-busy");
    // What a page from the browser's history was given is spent, or old.
    if (!persisted) return;
    filling?.abort();
    begin();
  });
}

// What a device is asked for: on the page where it is known whose, else asked for.
async function optionsOf(form) {
  if (!form.dataset.request) return JSON.parse(form.dataset.options);
  const answered = await fetch(form.dataset.request);
  if (!answered.ok) throw new Error(`no request: ${answered.status}`);
  const { options, challenge } = await answered.json();
  form.elements.challenge.value = challenge;
  return options;
}

// The browser lists passkeys where the address is typed, until one is taken or the button is pressed.
function autofill(form, asked) {
  const field = document.getElementById(form.dataset.autofill ?? "");
  if (!field || !PublicKeyCredential.isConditionalMediationAvailable) return undefined;
  const filling = new AbortController();
  fill(form, field, asked, filling.signal).catch(() => {
    // Stopped for the button, or nothing was taken: the page goes on without.
  });
  return filling;
}

async function fill(form, field, asked, signal) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable())) return;
  const options = await asked;
  if (signal.aborted) return;
  field.setAttribute("autocomplete", "username webauthn");
  send(form, await answer(form, options, { mediation: "conditional", signal }));
}

function send(form, credential) {
  form.elements.credential.value = JSON.stringify(credential);
  const { shared_computer: shared } = form.elements;
  if (shared) shared.value = document.getElementById("shared_computer")?.checked ? "1" : "";
  form.submit();
}

// Browsers say no more, so that a page cannot ask a device whose it is (WebAuthn Level 3 §14.5.2).
function causeOf({ name }, form, elapsed, timeout = Infinity) {
  if (name === "TimeoutError" || elapsed >= timeout) return "timedOut";
  if (name === "NotAllowedError" || name === "AbortError") return "cancelled";
  if (name === "InvalidStateError" && form.dataset.passkey === "create") return "registered";
  if (["InvalidStateError", "ConstraintError", "NotSupportedError"].includes(name)) return "wrongDevice";
  return name === "SecurityError" ? "notAllowed" : "failed";
}

async function answer(form, options, how = {}) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (form.dataset.passkey === "create") {
    publicKey.user = { ...options.user, id: bytes(options.user.id) };
    publicKey.excludeCredentials = (options.excludeCredentials ?? []).map(descriptor);
    return readable(await navigator.credentials.create({ publicKey }));
  }
  publicKey.allowCredentials = (options.allowCredentials ?? []).map(descriptor);
  return readable(await navigator.credentials.get({ ...how, publicKey }));
}

// As PublicKeyCredential.toJSON() writes it, which password managers and older browsers lack.
function readable(credential) {
  const { id, type, rawId, response, authenticatorAttachment } = credential;
  const fields = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const answered = Object.fromEntries(
    fields.filter((name) => response[name]).map((name) => [name, text(response[name])]),
  );
  if (response.getTransports) answered.transports = response.getTransports();
  return {
    id,
    type,
    rawId: text(rawId),
    response: answered,
    authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function descriptor(credential) {
  return { ...credential, id: bytes(credential.id) };
}

function bytes(base64url) {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
