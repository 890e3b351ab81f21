// Head movements: says what to do, and takes small frames meanwhile, for the server to see that a living person is there.

const WIDE = 360;
const HIGH = 480;
const QUALITY = 0.7;
const box = document.getElementById("moves");
const asked = box ? JSON.parse(box.dataset.moves) : [];
let stopped = false;

export const wanted = asked.length > 0;

// Frames of the video that runs, as one file (see rollcall/answers/bursts.py); null when somebody presses "I cannot do this".
export async function record(video) {
  const { neutral, each, after, every } = JSON.parse(box.dataset.times);
  const whole = neutral + asked.length * each + after;
  const canvas = document.createElement("canvas");
  canvas.width = WIDE;
  canvas.height = HIGH;
  stopped = false;
  box.hidden = false;
  document.getElementById("still").focus();
  const shots = [];
  const began = performance.now();
  // On a slow phone frames come less often, never two at once.
  for (let next = 0; next < whole && !stopped; next = Math.max(next + every, performance.now() - began + every / 2)) {
    tell(asked[Math.floor((next - neutral) / each)] ?? "ahead");
    document.getElementById("moves-progress").value = next / whole;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + next - performance.now())));
    const at = performance.now() - began;
    const width = Math.min(video.videoWidth, video.videoHeight * (WIDE / HIGH));
    const height = width * (HIGH / WIDE);
    const [left, top] = [(video.videoWidth - width) / 2, (video.videoHeight - height) / 2];
    canvas.getContext("2d").drawImage(video, left, top, width, height, 0, 0, WIDE, HIGH);
    const frame = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (frame) shots.push([at, frame]);
  }
  box.hidden = true;
  return stopped ? null : packed(shots);
}

// What to do, once for each movement: in words that a screen reader speaks too, and as an arrow.
function tell(name) {
  if (box.dataset.now === name) return;
  box.dataset.now = name;
  document.getElementById("moves-words").textContent = JSON.parse(box.dataset.words)[name];
  navigator.vibrate?.(60);
}

function packed(shots) {
  const said = new TextEncoder().encode(JSON.stringify(shots.map(([at, frame]) => [Math.round(at * 10) / 10, frame.size])));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, said.length);
  return new Blob([length, said, ...shots.map(([, frame]) => frame)], { type: "application/octet-stream" });
}

document.getElementById("still")?.addEventListener("click", () => (stopped = true));
