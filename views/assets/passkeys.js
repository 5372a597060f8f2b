// Passkeys are the browser's own: what its device answers is put into an ordinary form.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || !navigator.credentials) continue;
  const button = form.querySelector("button");
  const failure = form.querySelector("[role=alert]");
  form.hidden = false;
  button.addEventListener("click", async () => {
    failure.hidden = true;
    button.disabled = true;
    try {
      form.elements.credential.value = JSON.stringify(await answer(form));
      form.submit();
    } catch {
      // Cancelled, too slow, or no such key on this device: the person may try again.
      failure.hidden = false;
      button.disabled = false;
    }
  });
}

async function answer(form) {
  const options = JSON.parse(form.dataset.options);
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (form.dataset.passkey === "create") {
    publicKey.user = { ...options.user, id: bytes(options.user.id) };
    publicKey.excludeCredentials = (options.excludeCredentials ?? []).map(descriptor);
    return readable(await navigator.credentials.create({ publicKey }));
  }
  publicKey.allowCredentials = options.allowCredentials.map(descriptor);
  return readable(await navigator.credentials.get({ publicKey }));
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
