// Place codes, checked without a line: the format is that of monitor/control_points/codes.py.

const SIGNED_FOR = "quarantine place code ";
const SHAPE = /^1\.([1-9][0-9]{0,9})\.([1-9][0-9]{0,9})\.(k[0-9a-f]{8})\.([1-9][0-9]{0,9})\.([A-Za-z0-9_-]{86})$/;

// Whether a scanned text may be a place code at all, of whichever service.
export const looksLikeOne = (text) => /#\d+\.\d+\.\d+\.k/.test(text) || /^\d+\.\d+\.\d+\.k[0-9a-f]{8}\./.test(text);

// What a scanned text says: {refusal} by the names of Python's Refusal, or {place, point, key, issued}.
// services: our addresses. keys: {id: {public (base64), withdrawn}}. points: {id: codes_from in seconds, null where it is closed}.
export async function readPlaceCode(text, { services, keys, points }) {
  const given = text.trim();
  const at = given.indexOf("#");
  const before = at < 0 ? "" : given.slice(0, at).replace(/\/$/, "");
  const fragment = at < 0 ? given : given.slice(at + 1);
  if (before && !services.includes(before)) return { refusal: /^\d+\./.test(fragment) ? "other_service" : "no_code" };
  if (!/^\d+\./.test(fragment)) return { refusal: "no_code" };
  if (!fragment.startsWith("1.")) return { refusal: "newer" };
  const found = SHAPE.exec(fragment);
  if (!found) return { refusal: "forged" };
  const [, place, point, key, issued, signature] = found;
  const known = keys[key];
  if (!known) return { refusal: "unknown_key" };
  if (!(await isSigned(known.public, fragment.slice(0, -87), signature))) return { refusal: "forged" };
  if (known.withdrawn) return { refusal: "key_withdrawn" };
  const code = { place: Number(place), point: Number(point), key, issued: Number(issued) };
  if (!(code.point in points)) return { ...code, refusal: null, elsewhere: true };
  if (points[code.point] === null) return { refusal: "closed" };
  return code.issued < points[code.point] ? { refusal: "code_withdrawn" } : { ...code, refusal: null };
}

// Old browsers know no Ed25519: then nothing can be said without a line. Throws.
async function isSigned(publicKey, text, signature) {
  const { subtle } = crypto;
  const key = await subtle.importKey("raw", bytesOf(publicKey), "Ed25519", false, ["verify"]);
  const written = signature.replaceAll("-", "+").replaceAll("_", "/") + "==";
  const bytes = bytesOf(written);
  // Four bits of the last sign say nothing: one text for one code.
  if (btoa(String.fromCharCode(...bytes)) !== written) return false;
  return subtle.verify("Ed25519", key, bytes, new TextEncoder().encode(SIGNED_FOR + text));
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
