// The picture: from the camera or a file, made small on the phone. The section's data-camera says which of its parts are shown.

import * as moves from "./moves.js";

const LONG_SIDE = 1280;
const QUALITY = 0.85;
const section = document.querySelector("[data-step=picture]");
const [video, preview, file] = ["video", "preview", "photo"].map((id) => document.getElementById(id));
// Of somebody else a picture is taken with the camera at the back.
const facing = section?.dataset.facing;
let usable = Boolean(navigator.mediaDevices?.getUserMedia); // absent without HTTPS and in old browsers
let stream = null;

// The picture that was taken: {photo: Blob, burst: Blob or null, takenAt: milliseconds}, or null.
export let taken = null;

// words: what to say; tell: shows one of them, or nothing.
export function prepare(words, tell) {
  if (!section) return;
  const on = (id, event, does) => document.getElementById(id).addEventListener(event, does);
  const open = () => openCamera(words, tell);
  on("open", "click", open);
  on("shoot", "click", shoot);
  on("retake", "click", () => {
    discard();
    if (usable) open();
  });
  on("photo", "change", () => choose(words, tell));
  if (!usable) return show("none");
  // Who allowed it before is not asked again, and need not press for it.
  navigator.permissions?.query({ name: "camera" }).then(
    (permission) => permission.state === "granted" && open(),
    () => {},
  );
}

export function discard() {
  taken = null;
  if (section) show(usable ? "off" : "none");
}

// Leaving the step and coming back to it.
export function pause() {
  closeCamera();
  if (["live", "moving"].includes(section?.dataset.camera)) show("off");
}

function show(state) {
  section.dataset.camera = state;
}

async function openCamera(words, tell) {
  tell("");
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: facing, width: { ideal: 960 }, height: { ideal: 1280 } },
      audio: false,
    });
  } catch (error) {
    usable = false;
    show("none");
    return tell(error.name === "NotAllowedError" ? words.refused : words.nocamera);
  }
  video.srcObject = stream;
  await video.play();
  show("live");
}

function closeCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = video && (video.srcObject = null);
}

// What one sees in the frame is what is sent, and no more of the room: the middle of the picture, four wide to five high.
async function shoot() {
  if (!video.videoWidth) return;
  let burst = null;
  if (moves.wanted) {
    show("moving");
    burst = await moves.record(video);
    if (section.dataset.camera !== "moving") return; // somebody left the step meanwhile
  }
  const width = Math.min(video.videoWidth, video.videoHeight * 0.8);
  const height = width * 1.25;
  await take(video, (video.videoWidth - width) / 2, (video.videoHeight - height) / 2, width, height, facing === "user", burst);
}

async function choose(words, tell) {
  if (!file.files.length) return;
  tell("");
  const chosen = new Image();
  chosen.src = URL.createObjectURL(file.files[0]);
  try {
    await chosen.decode();
    await take(chosen, 0, 0, chosen.naturalWidth, chosen.naturalHeight, false);
  } catch {
    tell(words.unreadable);
  } finally {
    URL.revokeObjectURL(chosen.src);
  }
  file.value = ""; // so that the same file can be chosen again
}

async function take(source, left, top, width, height, mirrored, burst = null) {
  const scale = Math.min(1, LONG_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(source, left, top, width, height, 0, 0, canvas.width, canvas.height);
  const photo = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!photo) throw new Error("no picture");
  taken = { photo, burst, takenAt: Date.now() };
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(photo);
  preview.classList.toggle("mirrored", mirrored);
  closeCamera();
  show("taken");
  document.getElementById("well").focus();
}
