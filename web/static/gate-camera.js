// Reads a card's code from the camera, and takes what scanners type. How codes are read stands in zxing/codes.js.
"use strict";
(() => {
  const EVERY = 120; // ms between two looks
  const SLOW_AFTER = 12000; // ms after which other ways are named
  const section = document.getElementById("scan");
  if (!section) return;
  const [video, says, buttons, open, close, light, finder, code, form] = [
    "camera", "camera-says", "camera-buttons", "camera-open", "camera-close", "camera-light", "viewfinder", "code", "card-form",
  ].map((id) => document.getElementById(id));
  let stream = null;
  let detect = null;

  // Scanners that type: some end with a tab instead of Enter; and whoever touched the page elsewhere need not touch the field again.
  code.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && code.value.includes("|")) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  document.addEventListener("keydown", (event) => {
    const nowhere = document.activeElement === document.body || document.activeElement?.id === "content";
    if (nowhere && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) code.focus();
  });
  form.addEventListener("submit", stop);

  // Absent without HTTPS and in old browsers.
  if (!navigator.mediaDevices?.getUserMedia) return;
  buttons.hidden = false;
  open.addEventListener("click", start);
  close.addEventListener("click", stop);
  light.addEventListener("click", switchLight);
  window.addEventListener("pagehide", stop);
  document.addEventListener("visibilitychange", () => document.hidden && stop());
  // Who allowed it before need not press for it: the next person's card is read at once.
  navigator.permissions?.query({ name: "camera" }).then(
    (permission) => permission.state === "granted" && start(),
    () => {},
  );

  async function start() {
    if (stream) return;
    says.textContent = "";
    try {
      const codes = await import(section.dataset.codes);
      finder.hidden = false;
      stream = await codes.open(video);
      open.hidden = true;
      close.hidden = false;
      light.hidden = !stream.getVideoTracks()[0].getCapabilities?.().torch;
      detect ??= await codes.detector(video, section.dataset);
    } catch {
      stop();
      says.textContent = section.dataset.refused;
      return;
    }
    says.textContent = section.dataset.looking;
    look(stream, performance.now());
  }

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    finder.hidden = close.hidden = light.hidden = true;
    open.hidden = false;
  }

  async function look(mine, since) {
    while (stream === mine) {
      const text = await detect().catch(() => "");
      if (stream !== mine) return;
      if (text) return take(text);
      if (performance.now() - since > SLOW_AFTER) says.textContent = section.dataset.slow;
      await new Promise((go) => setTimeout(go, EVERY));
    }
  }

  function take(text) {
    // Browsers complain where nobody touched this page yet: a card may be read before.
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(80);
    says.textContent = section.dataset.read;
    code.value = text;
    form.requestSubmit();
  }

  async function switchLight() {
    const on = light.getAttribute("aria-pressed") !== "true";
    try {
      await stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });
      light.setAttribute("aria-pressed", String(on));
    } catch {
      light.hidden = true;
    }
  }
})();
