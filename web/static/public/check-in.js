// Who declared because a poster asked for it goes back to it with one tap: visit.js keeps its code in this tab for half an hour.

const KEPT = "place-code";
const HALF_AN_HOUR = 1800000;
const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
const back = document.getElementById("check-in");

if (kept?.place && Date.now() - kept.at < HALF_AN_HOUR) {
  back.hidden = false;
  document.getElementById("check-in-place").textContent = kept.place;
}
