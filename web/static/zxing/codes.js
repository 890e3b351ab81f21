// Reads codes from a camera: with the browser's own detector, else with zxing-wasm, which is fetched only then.

const WANTED = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 }, focusMode: "continuous" };

// Absent without HTTPS and in old browsers.
export const canOpen = Boolean(navigator.mediaDevices?.getUserMedia);

// Let a video element show the camera at the back; returns the stream. Throws where there is none, or it is not allowed.
export async function open(video) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: WANTED, audio: false });
  video.srcObject = stream;
  await video.play();
  return stream;
}

// A function that looks once at a video (or a canvas), and returns the text of a code or "".
// files: {reader, wasm}, addresses of our own. own: false to leave the browser's detector aside.
export async function detector(source, files, { own = true } = {}) {
  if (own && "BarcodeDetector" in globalThis && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const browsers = new BarcodeDetector({ formats: ["qr_code"] });
    return async () => (await browsers.detect(source))[0]?.rawValue ?? "";
  }
  if (!globalThis.ZXingWASM) await fetched(files.reader);
  // Its own habit is to fetch the rest from a server of others.
  await ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => files.wasm }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  return async () => {
    const [width, height] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
    if (!width) return "";
    canvas.width = width;
    canvas.height = height;
    paper.drawImage(source, 0, 0);
    const picture = paper.getImageData(0, 0, width, height);
    // What is evenly lit may be read by one threshold for all of it where many for its parts fail; the second look costs a quarter.
    for (const binarizer of ["LocalAverage", "GlobalHistogram"]) {
      const found = await ZXingWASM.readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1, textMode: "Plain", binarizer });
      const text = found.find((each) => each.isValid && each.text)?.text;
      if (text) return text;
    }
    return "";
  };
}

function fetched(source) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
}
