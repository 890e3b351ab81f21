// Lets the browser's passkeys fill in forms: asks the console for a challenge, the device for its answer, and sends that.
"use strict";
(() => {
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const described = (list) => (list || []).map((each) => ({ ...each, id: toBytes(each.id) }));

  function readable(credential) {
    const { response } = credential;
    const told = { clientDataJSON: toText(response.clientDataJSON) };
    if (response.attestationObject) told.attestationObject = toText(response.attestationObject);
    if (response.authenticatorData) {
      told.authenticatorData = toText(response.authenticatorData);
      told.signature = toText(response.signature);
      told.userHandle = response.userHandle ? toText(response.userHandle) : null;
    }
    return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response: told });
  }

  async function answer(form) {
    const headers = { "X-CSRFToken": form.elements.csrf_token.value, Accept: "application/json" };
    const given = await fetch(form.dataset.options, { method: "POST", headers, cache: "no-store" });
    if (given.redirected) return location.assign(given.url); // the password must be confirmed first
    if (given.status === 401) return location.reload(); // signed out
    const options = await given.json();
    if (!given.ok) throw new Error(options.problem);
    options.challenge = toBytes(options.challenge);
    options.allowCredentials = described(options.allowCredentials);
    options.excludeCredentials = described(options.excludeCredentials);
    if (options.user) options.user.id = toBytes(options.user.id);
    const creating = form.dataset.passkey === "create";
    if (creating) delete options.allowCredentials;
    else delete options.excludeCredentials;
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: options });
    form.elements.credential.value = readable(credential);
    const shared = document.getElementById("shared");
    if (shared && shared.checked) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "shared", value: "yes" });
      form.append(field);
    }
    return form.submit();
  }

  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    const problem = form.querySelector("[role=alert]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      problem.hidden = true;
      answer(form).catch((error) => {
        problem.hidden = false;
        problem.textContent = error.name === "SecurityError" ? form.dataset.elsewhere : error.name === "Error" ? error.message : form.dataset.failed;
      });
    });
  }
})();
