/** A picture as an item of the conversation: small enough to be sent in one event. */
const LONGEST_SIDE = 1280; // pixels
const QUALITY = 0.85;

/** The file as a data URI.  Raises DOMException where the browser cannot read it. */
export async function dataURI(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", QUALITY);
}
