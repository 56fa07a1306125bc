/** The strip above the time line: all of a recording, and which part of it is seen. */
import { colours, sized } from "./brush.js";
import { BUCKET, RATE } from "./tracks.js";

export class Overview {
  constructor(canvas, lanes) {
    Object.assign(this, { canvas, lanes });
    new ResizeObserver(() => this.draw()).observe(canvas);
    const follow = ({ offsetX }) => {
      const middle = (offsetX / canvas.clientWidth) * lanes.length;
      lanes.show(middle - lanes.span / 2, lanes.span);
    };
    canvas.onpointerdown = (pressed) => {
      canvas.setPointerCapture(pressed.pointerId);
      canvas.classList.add("panned");
      follow(pressed);
    };
    canvas.onpointermove = (moved) => moved.buttons && follow(moved);
    canvas.onpointerup = () => canvas.classList.remove("panned");
  }

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.lanes.recording) this.#draw();
    });
  }

  #draw() {
    const { canvas, lanes } = this;
    const { recording, length } = lanes;
    const { clientWidth: width, clientHeight: tall } = canvas;
    const brush = sized(canvas);
    const colour = colours(canvas);
    const x = (time) => (time / length) * width;
    brush.fillStyle = colour("--raised");
    brush.fillRect(x(lanes.from), 0, Math.max(3, x(lanes.span)), tall);
    wave(brush, recording.user.peaks, x, colour("--user"), tall / 2, -1);
    wave(brush, recording.agent.peaks, x, colour("--agent"), tall / 2, 1);
    brush.fillStyle = colour("--bad");
    for (const { at_s: at } of recording.inspection.faults) brush.fillRect(x(at) - 1, 0, 2, tall);
    brush.strokeStyle = colour("--accent");
    brush.lineWidth = 1.5;
    const [left, wide] = [x(lanes.from), Math.max(3, x(lanes.span))];
    brush.strokeRect(left + 0.75, 0.75, wide - 1.5, tall - 1.5);
    brush.fillStyle = colour("--text");
    brush.fillRect(x(lanes.position) - 0.75, 0, 1.5, tall);
  }
}

/** Peaks above (-1) or below (1) a middle. */
function wave(brush, peaks, x, paint, middle, way) {
  const column = 2;
  const width = x((peaks.length * BUCKET) / RATE);
  brush.fillStyle = paint;
  for (let left = 0; left < width; left += column) {
    const [first, end] = [left, left + column].map((px) => Math.floor((px / width) * peaks.length));
    let most = 0;
    for (let n = first; n < Math.max(end, first + 1); n++) if (peaks[n] > most) most = peaks[n];
    const size = Math.sqrt(most / 255) * (middle - 3);
    if (most) brush.fillRect(left, way < 0 ? middle - size : middle, column - 0.5, size);
  }
}
