// The phone's place, asked for once and only with permission. Saying no costs nothing.

const PATIENCE = 15000; // milliseconds

// "granted", "denied" or "prompt"
export async function permission() {
  if (!navigator.geolocation) return "denied";
  try {
    return (await navigator.permissions.query({ name: "geolocation" })).state;
  } catch {
    return "prompt";
  }
}

// The form's fields about the place: [[name, value], …]
export function locate() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(withheld("unavailable"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve([
          ["latitude", coords.latitude.toFixed(7)],
          ["longitude", coords.longitude.toFixed(7)],
          ["accuracy", String(coords.accuracy)],
        ]),
      (error) => resolve(withheld(error.code === error.PERMISSION_DENIED ? "denied" : "unavailable")),
      { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: 0 },
    );
  });
}

export const withheld = (why) => [["place_withheld", why]];
