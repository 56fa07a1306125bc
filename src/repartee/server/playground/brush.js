/** What drawing on a canvas needs. */

/** A brush for CSS pixels, on a canvas as large as it is shown. */
export function sized(canvas) {
  const { clientWidth: width, clientHeight: tall } = canvas;
  const scale = devicePixelRatio;
  const [wide, high] = [Math.round(width * scale), Math.round(tall * scale)];
  if (canvas.width !== wide || canvas.height !== high)
    Object.assign(canvas, { width: wide, height: high });
  const brush = canvas.getContext("2d");
  brush.setTransform(scale, 0, 0, scale, 0, 0);
  brush.clearRect(0, 0, width, tall);
  return brush;
}

/** The theme's colours by their names, each asked for once a drawing. */
export function colours(element) {
  const theme = getComputedStyle(element);
  const known = new Map();
  return (name) => {
    if (!known.has(name)) known.set(name, theme.getPropertyValue(name).trim());
    return known.get(name);
  };
}

/** As much of a text as there is room for. */
export function fitted(brush, text, room) {
  if (brush.measureText(text).width <= room) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (brush.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low ? `${text.slice(0, low).trimEnd()}…` : "";
}
