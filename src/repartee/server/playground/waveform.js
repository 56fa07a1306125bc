/** A moving picture of one side's sound: its level, marks of turns, and where known how like speech it is. */
const WINDOW_MS = 12_000;
const BAR_MS = 40;
const MOST_MISSED = 4; // bars that are filled in
const FLOOR_DB = -60;

export class Waveform {
  /** `colour` is the name of a custom property of the theme. */
  constructor(canvas, colour) {
    this.canvas = canvas;
    this.colour = colour;
    this.bars = []; // {time, level}, from 0 to 1
    this.marks = []; // {time, kind}
    this.speech = []; // {time, probability}
  }

  /** Samples from -1 to 1 that were said or heard by `time`. */
  add(samples, time) {
    let power = 0;
    for (const sample of samples) power += sample * sample;
    this.level(10 * Math.log10(power / samples.length + 1e-12), time);
  }

  /** A level in dB of full scale; of several within a bar the loudest counts. */
  level(db, time) {
    const level = Math.max(0, 1 - db / FLOOR_DB);
    const slot = Math.floor(time / BAR_MS);
    const last = this.bars.at(-1);
    if (last && last.slot >= slot) last.level = Math.max(last.level, level);
    else this.bars.push({ slot, level, time: slot * BAR_MS });
  }

  /** Something happened: "begin", "end" or "cut". */
  mark(kind, time) {
    this.marks.push({ kind, time });
  }

  clear() {
    this.bars = [];
    this.marks = [];
    this.speech = [];
    this.draw(0);
  }

  draw(now) {
    this.#forget(now);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const scale = devicePixelRatio;
    if (
      this.canvas.width !== Math.round(width * scale) ||
      this.canvas.height !== Math.round(height * scale)
    ) {
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(height * scale);
    }
    const brush = this.canvas.getContext("2d");
    const theme = getComputedStyle(this.canvas);
    brush.setTransform(scale, 0, 0, scale, 0, 0);
    brush.clearRect(0, 0, width, height);
    const x = (time) => width * (1 - (now - time) / WINDOW_MS);
    this.#drawMarks(brush, theme, x, width, height);
    this.#drawBars(brush, theme, x, width, height);
    this.#drawSpeech(brush, theme, x, height);
  }

  #drawBars(brush, theme, x, width, height) {
    brush.fillStyle = theme.getPropertyValue("--line");
    brush.fillRect(0, height / 2 - 0.5, width, 1);
    brush.fillStyle = theme.getPropertyValue(this.colour);
    const thick = Math.max(1.5, (width * BAR_MS) / WINDOW_MS - 1);
    for (const [n, { slot, level }] of this.bars.entries()) {
      const tall = Math.max(1, level * (height - 6));
      const next = this.bars[n + 1]?.slot ?? slot + 1;
      const last = next - slot <= MOST_MISSED ? next : slot + 1; // a busy page measures late
      for (let each = slot; each < last; each++) {
        brush.fillRect(x(each * BAR_MS), (height - tall) / 2, thick, tall);
      }
    }
  }

  /** Speech is a shaded stretch, what cut an answer short a line. */
  #drawMarks(brush, theme, x, width, height) {
    let begun = null;
    brush.fillStyle = theme.getPropertyValue("--raised");
    for (const { kind, time } of this.marks) {
      if (kind === "begin") begun = time;
      if (kind === "end" && begun !== null) {
        brush.fillRect(x(begun), 0, x(time) - x(begun), height);
        begun = null;
      }
    }
    if (begun !== null) brush.fillRect(x(begun), 0, width - x(begun), height);
    brush.fillStyle = theme.getPropertyValue("--bad");
    for (const { kind, time } of this.marks)
      if (kind === "cut") brush.fillRect(x(time) - 1, 0, 2, height);
  }

  #drawSpeech(brush, theme, x, height) {
    if (!this.speech.length) return;
    brush.strokeStyle = theme.getPropertyValue("--text");
    brush.lineWidth = 1.25;
    brush.beginPath();
    for (const { time, probability } of this.speech)
      brush.lineTo(x(time), (height - 3) * (1 - probability) + 1.5);
    brush.stroke();
  }

  #forget(now) {
    const oldest = now - WINDOW_MS - 500;
    const recent = ({ time }) => time > oldest;
    if (this.bars.length && !recent(this.bars[0])) this.bars = this.bars.filter(recent);
    if (this.speech.length && !recent(this.speech[0])) this.speech = this.speech.filter(recent);
    while (this.marks.length > 64) this.marks.shift();
  }
}
