// Passkeys: a form with [data-passkey] is filled in by an authenticator and sent. Words come from data attributes, so that they
// are translated. What needs this file is hidden until it runs; until then every page says what else can be done.
(() => {
  "use strict";

  const REARM_AFTER = 4 * 60 * 1000; // a challenge lives five minutes

  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  const show = (name, shown = true) => {
    for (const element of document.querySelectorAll(`[data-passkey-${name}]`)) element.hidden = !shown;
  };
  show("fallback", false);
  if (!window.PublicKeyCredential || !navigator.credentials) {
    show("unsupported");
    return;
  }

  const words = form.dataset;
  const isNew = words.passkey === "create";
  const field = form.elements.credential;
  const button = form.querySelector("button[type=submit]");
  const said = form.querySelector("[role=status]");
  let waiting = null; // aborts the request that waits for the browser's autofill
  let timer = 0;
  let armedAt = 0;
  let isBusy = false;

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
  const toText = (buffer) =>
    btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  // Both ways between JSON and what the browser's interface takes are newer than the interface itself.
  const readOptions = (json) => {
    const native = isNew ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    if (typeof PublicKeyCredential[native] === "function") return PublicKeyCredential[native](json);
    const withBytes = (known) => ({ ...known, id: toBytes(known.id) });
    const options = { ...json, challenge: toBytes(json.challenge) };
    if (json.user) options.user = withBytes(json.user);
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (json[list]) options[list] = json[list].map(withBytes);
    }
    return options;
  };

  const writeByHand = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    if (isNew) response.transports = credential.response.getTransports?.() ?? [];
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: {},
    };
  };

  const write = (credential) => {
    try {
      return JSON.stringify(credential.toJSON());
    } catch {
      return JSON.stringify(writeByHand(credential)); // also where an extension stands in for the browser
    }
  };

  const fetchOptions = async (signal) => {
    const answer = await fetch(words.options, { cache: "no-store", headers: { Accept: "application/json" }, signal });
    if (answer.redirected) location.reload(); // the page must be signed in to anew
    if (!answer.ok || answer.redirected) throw new Error("no options");
    return readOptions(await answer.json());
  };

  const ask = async (request) => {
    const publicKey = await fetchOptions(request.signal);
    const credential = await navigator.credentials[isNew ? "create" : "get"]({ ...request, publicKey });
    field.value = write(credential);
    HTMLFormElement.prototype.submit.call(form);
  };

  const disarm = () => {
    clearTimeout(timer);
    waiting?.abort();
    waiting = null;
  };

  // Lets the browser offer passkeys among the names that it fills in; quiet, for nobody has asked for anything yet.
  const arm = async () => {
    disarm();
    if (isBusy) return;
    waiting = new AbortController();
    armedAt = Date.now();
    timer = setTimeout(arm, REARM_AFTER);
    try {
      await ask({ mediation: "conditional", signal: waiting.signal });
    } catch {
      // Given up for the button or for a fresh challenge, or the browser knows no passkey: the form is still there.
    }
  };

  const isConditional = async () =>
    "conditional" in words && Boolean(await PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false));

  const explain = (error) => {
    if (error.name === "InvalidStateError" && words.known) return words.known;
    return error.name === "NotAllowedError" || error.name === "AbortError" ? words.cancelled : words.failed;
  };

  // A name that the server refuses is sent without asking for a passkey, which would be left over on the device.
  const isNamed = () => {
    const length = form.elements.name?.value.trim().length ?? 1;
    return length >= 1 && length <= 64;
  };

  form.addEventListener("submit", async (event) => {
    if (!isNamed()) return;
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    disarm();
    said.textContent = "";
    button.setAttribute("aria-disabled", "true");
    try {
      await ask({});
    } catch (error) {
      said.textContent = explain(error);
    }
    release();
  });

  const release = async () => {
    isBusy = false;
    button.removeAttribute("aria-disabled");
    if (!field.value && (await isConditional())) arm();
  };

  const start = () => {
    field.value = "";
    release();
  };

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) start();
  });
  document.addEventListener("visibilitychange", () => {
    if (waiting && !document.hidden && Date.now() - armedAt > REARM_AFTER) arm();
  });
  show("ready");
  start();
})();
