// Fills in where this phone is, where somebody asks for it.

const button = document.getElementById("here");
const says = document.getElementById("here-says");
if (navigator.geolocation) {
  button.hidden = false;
  button.addEventListener("click", () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        document.getElementById("latitude").value = coords.latitude.toFixed(6);
        document.getElementById("longitude").value = coords.longitude.toFixed(6);
        says.textContent = "";
      },
      () => (says.textContent = button.dataset.refused),
      { enableHighAccuracy: true, timeout: 15000 },
    ),
  );
}
