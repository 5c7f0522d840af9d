// The camera itself: opened, listed, closed, and every way it can fail in a plain sentence.

const OTHER_WAY = "Or use a photo on the page “Try it”.";
const CAMERA_ERRORS = {
  NotAllowedError: `Access to the camera is blocked. Allow it next to this page's address, then try again. ${OTHER_WAY}`,
  NotFoundError: `No camera was found. Plug one in, then try again. ${OTHER_WAY}`,
  NotReadableError: "Another program is using the camera. Close that program, then try again.",
  AbortError: "Another program is using the camera. Close that program, then try again.",
  OverconstrainedError: "That camera is no longer available. Choose another one, then try again.",
};
const INSECURE = `A camera works only on a secure address: https:// or localhost. Open this page there. ${OTHER_WAY}`;
const TAKEN_AWAY = "The camera was disconnected. Plug it in or choose another one, then try again.";
const NO_PICTURE = "The camera is sending no picture. Is it covered, or switched off?";
const FACINGS = ["user", "environment"];

class InsecureError extends Error {}

// The stream of a camera; `choice` is a facing or a device's id.
async function openCamera(choice) {
  if (!navigator.mediaDevices?.getUserMedia) throw new InsecureError();
  const wanted = FACINGS.includes(choice)
    ? { facingMode: choice }
    : { deviceId: { exact: choice } };
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { ...wanted, width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } },
  });
}

// What to tell of an error of `openCamera`.
function cameraTrouble(error) {
  if (error instanceof InsecureError) return INSECURE;
  return CAMERA_ERRORS[error.name] ?? `The camera cannot be used (${error.name}). Try again.`;
}

function closeCamera(stream) {
  for (const track of stream.getTracks()) track.stop();
}

function facesAway(stream) {
  return stream.getVideoTracks()[0].getSettings().facingMode === "environment";
}

// Adds the cameras by name to the choice of front and rear, where there are several.
async function listCameras(select, chosen) {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const cameras = devices.filter((device) => device.kind === "videoinput" && device.deviceId);
  for (const option of [...select.options].slice(FACINGS.length)) option.remove();
  if (cameras.length > 1) {
    cameras.forEach((camera, index) =>
      select.add(new Option(camera.label || `Camera ${index + 1}`, camera.deviceId)),
    );
  }
  select.value = chosen;
  if (!select.value) select.value = FACINGS[0];
}
