// Seals an answer so that only the server can open it: whoever finds the phone reads nothing. The format is in rollcall/answers/sealing.py.

const CURVE = { name: "ECDH", namedCurve: "P-256" };

// Absent without HTTPS and in very old browsers.
export const canSeal = Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);

// fields: [[name, value], …]; photo, burst: a Blob or null; key: the server's point in base64; token: of the link, which it is bound to.
export async function seal(fields, photo, burst, key, token) {
  const { subtle } = crypto;
  const bytes = new TextEncoder();
  const theirs = await subtle.importKey("raw", Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0)), CURVE, false, []);
  const ours = await subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = new Uint8Array(await subtle.exportKey("raw", ours.publicKey));
  const shared = await subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const secret = await subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: point, info: bytes.encode("quarantine answer") },
    await subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]),
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt"],
  );
  const said = bytes.encode(JSON.stringify(burst ? [...fields, ["photo_size", String(photo.size)]] : fields));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, said.length);
  const plain = await new Blob([length, said, ...(photo ? [photo] : []), ...(burst ? [burst] : [])]).arrayBuffer();
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const closed = await subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: bytes.encode(token) }, secret, plain);
  return new Blob([Uint8Array.of(1), point, nonce, closed]).arrayBuffer();
}
