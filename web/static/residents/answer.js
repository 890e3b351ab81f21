// Takes the answer one thing at a time: a picture made small on the phone, how the resident is, and the sending with its progress.
// Without this script the form works as it stands.

const LONG_SIDE = 1280;
const QUALITY = 0.85;
const PATIENCE = 90000; // milliseconds for one try to send
const form = document.getElementById("answer");
const words = JSON.parse(form.dataset.words);
const problem = document.getElementById("problem");
const picture = form.querySelector("[data-step=picture]");
const [video, preview, file, progress, progressWords] = ["video", "preview", "photo", "progress", "progress-words"].map((id) =>
  document.getElementById(id),
);
let usable = Boolean(navigator.mediaDevices?.getUserMedia); // absent without HTTPS and in old browsers
let stream = null;
let photo = null;
let sending = false;

// --- steps

function show(name, { remember = true, focus = true } = {}) {
  for (const step of form.querySelectorAll("[data-step]")) step.classList.toggle("now", step.dataset.step === name);
  if (name !== "picture") closeCamera();
  else if (!photo && picture.dataset.camera === "live") camera("off");
  if (remember) history.pushState({ step: name }, "");
  if (focus) form.querySelector(".now h2").focus();
  scrollTo(0, 0);
}

addEventListener("popstate", (event) => {
  // While it is sent, going back would only hide what comes of it.
  if (sending) history.pushState({ step: "sending" }, "");
  else if (event.state) show(event.state.step === "sending" ? "feeling" : event.state.step, { remember: false });
});

function tell(text) {
  problem.textContent = text;
  problem.hidden = !text;
  if (text) problem.focus();
}

// --- the picture

async function openCamera() {
  tell("");
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "user", width: { ideal: 960 }, height: { ideal: 1280 } },
      audio: false,
    });
  } catch (error) {
    return noCamera(error.name === "NotAllowedError" ? words.refused : words.nocamera);
  }
  video.srcObject = stream;
  await video.play();
  camera("live");
}

function closeCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = video && (video.srcObject = null);
}

function noCamera(text) {
  usable = false;
  camera("none");
  tell(text);
}

function camera(state) {
  picture.dataset.camera = state;
}

// What one sees in the frame is what is sent, and no more of the room: the middle of the picture, four wide to five high.
async function shoot() {
  if (!video.videoWidth) return;
  const width = Math.min(video.videoWidth, video.videoHeight * 0.8);
  const height = width * 1.25;
  await take(video, (video.videoWidth - width) / 2, (video.videoHeight - height) / 2, width, height, true);
}

async function choose() {
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

async function take(source, left, top, width, height, mirrored) {
  const scale = Math.min(1, LONG_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(source, left, top, width, height, 0, 0, canvas.width, canvas.height);
  photo = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!photo) throw new Error("no picture");
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(photo);
  preview.classList.toggle("mirrored", mirrored);
  closeCamera();
  camera("taken");
  document.getElementById("use").focus();
}

// --- sending

function send() {
  if (sending) return;
  if (!form.querySelector("[name=unwell]:checked")) return tell(words.feel);
  const data = new FormData(form);
  data.delete("photo");
  if (photo) data.set("photo", photo, "selfie.jpg");
  tell("");
  busy(true);
  show("sending", { remember: history.state?.step !== "sending" });
  progress.value = 0;
  const request = new XMLHttpRequest();
  request.upload.onprogress = (event) => {
    progress.value = (100 * event.loaded) / event.total;
    progressWords.textContent =
      event.loaded < event.total ? words.sending.replace("{percent}", Math.round(progress.value)) : words.arriving;
  };
  request.onload = () => finished(request);
  request.onerror = () => failed(words.offline);
  request.ontimeout = () => failed(words.slow);
  request.timeout = PATIENCE;
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(data);
}

function finished(request) {
  // Taken now, taken before, or the round is closed: the link itself says it best.
  if ([201, 404, 409, 410].includes(request.status)) return location.replace(form.action);
  let answer = {};
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    // Something in between answered for us.
  }
  failed(answer.problem ?? words.failed);
  if (answer.field === "photo" && picture) startOver();
}

function failed(text) {
  busy(false);
  progress.value = 0;
  progressWords.textContent = "";
  tell(text);
}

function busy(now) {
  sending = now;
  for (const button of form.querySelectorAll("button")) button.disabled = now;
  progress.hidden = !now;
  for (const id of ["again", "change"]) document.getElementById(id).hidden = now;
}

function startOver() {
  photo = null;
  camera(usable ? "off" : "none");
  show("picture", { focus: false });
}

// --- at the start

form.classList.add("scripted");
form.noValidate = true;
const on = (id, event, does) => document.getElementById(id)?.addEventListener(event, does);
on("open", "click", openCamera);
on("shoot", "click", shoot);
on("retake", "click", () => {
  photo = null;
  camera(usable ? "off" : "none");
  if (usable) openCamera();
});
on("use", "click", () => show("feeling"));
on("back", "click", () => show("picture"));
on("photo", "change", choose);
on("again", "click", send);
on("change", "click", () => show(picture ? "picture" : "feeling"));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
form.addEventListener("change", (event) => {
  if (event.target !== file) tell("");
  if (event.target.name === "unwell" && event.target.value === "no")
    for (const box of form.querySelectorAll("[name=symptoms]")) box.checked = false;
});
show(picture ? "picture" : "feeling", { remember: false, focus: false });
history.replaceState({ step: picture ? "picture" : "feeling" }, "");
if (picture && !usable) camera("none");
// Who allowed it before is not asked again, and need not press for it.
else if (picture)
  navigator.permissions?.query({ name: "camera" }).then(
    (permission) => permission.state === "granted" && openCamera(),
    () => {},
  );
