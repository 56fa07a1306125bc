/**
 * The time line of a recording: both sides' sound, how like speech the user's is, what was said, and
 * what each turn waited for.  Only what is seen of it is drawn.
 */
import { colours, fitted, sized } from "./brush.js";
import { RECORDED_STAGES, clock, spanOf, stagesOf } from "./stages.js";
import { BLOCK, BUCKET, RATE } from "./tracks.js";

const GUTTER = 66; // px for names, on the left
const RULER = { top: 0, tall: 24 };
const USER = { top: 24, tall: 104 };
const AGENT = { top: 134, tall: 96 };
const SILENCE = { top: 124, tall: 4 }; // that ended a turn
const STAGES = { top: 240, row: 14, bar: 9 };
const TEXT_PX = 18; // of a lane, for what was said
const ROOM_PX = 30; // for a word or two
const COLUMN_PX = 3;
const SHORTEST_S = 0.05;
const FRAME_S = 0.032; // that a probability of speech is of
const DENSEST = 6; // of them to a px: more of them show nothing
const RAW_PX = 3; // a hundredth of a second this wide is drawn sample by sample

export class Lanes {
  /** `seek` is told of a time, in seconds, that somebody points at; `look` of each change of what is seen. */
  constructor(canvas, { seek, look }) {
    Object.assign(this, { canvas, look });
    this.recording = null;
    this.from = 0;
    this.span = 1;
    this.position = 0;
    this.turn = -1;
    this.pointed = null;
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.#listen(seek);
  }

  open(recording, length) {
    Object.assign(this, { recording, length, turn: -1, position: 0 });
    this.show(0, length);
  }

  get width() {
    return Math.max(1, this.canvas.clientWidth - GUTTER);
  }

  /** What is seen from now on: from when, and for how long. */
  show(from, span) {
    this.span = Math.min(this.length, Math.max(SHORTEST_S, span));
    this.from = Math.max(0, Math.min(this.length - this.span, from));
    this.look();
    this.draw();
  }

  /** The playhead, if it is seen. */
  get #middle() {
    const isSeen = this.#seen(this.position, this.position);
    return isSeen ? this.position : this.from + this.span / 2;
  }

  /** So much closer, where `at` stays in its place. */
  zoom(factor, at = this.#middle) {
    const share = (at - this.from) / this.span;
    const span = Math.min(this.length, Math.max(SHORTEST_S, this.span / factor));
    this.show(at - share * span, span);
  }

  /** The playhead is there; what is seen follows it where it has to. */
  place(position, follows) {
    this.position = position;
    const isSeen = position >= this.from && position <= this.from + this.span * 0.96;
    if (follows && !isSeen) this.show(position - this.span * 0.08, this.span);
    else this.draw();
  }

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.recording) this.#draw();
    });
  }

  #listen(seek) {
    const { canvas } = this;
    const timeAt = ({ offsetX }) => this.from + ((offsetX - GUTTER) / this.width) * this.span;
    let held = null;
    canvas.onwheel = (turned) => {
      turned.preventDefault();
      const { deltaX, deltaY, shiftKey } = turned;
      const across = Math.abs(deltaX) > Math.abs(deltaY) ? deltaX : shiftKey ? deltaY : 0;
      if (across) this.show(this.from + (across / this.width) * this.span, this.span);
      else this.zoom(1.0018 ** -deltaY, timeAt(turned));
    };
    canvas.onpointerdown = (pressed) => {
      canvas.setPointerCapture(pressed.pointerId);
      held = { x: pressed.offsetX, from: this.from, panned: false };
    };
    canvas.onpointermove = (moved) => {
      this.pointed = moved.offsetX > GUTTER ? timeAt(moved) : null;
      if (held && (held.panned ||= Math.abs(moved.offsetX - held.x) > 4)) {
        canvas.classList.add("panned");
        this.show(held.from - ((moved.offsetX - held.x) / this.width) * this.span, this.span);
      } else this.draw();
    };
    canvas.onpointerup = (released) => {
      if (held && !held.panned) seek(Math.max(0, timeAt(released)));
      canvas.classList.remove("panned");
      held = null;
    };
    canvas.onpointerleave = () => {
      this.pointed = null;
      this.draw();
    };
  }

  #draw() {
    const { canvas, recording } = this;
    const brush = sized(canvas);
    const colour = colours(canvas);
    const { user, agent, inspection } = recording;
    this.#drawTurnGrounds(brush, colour, inspection.turns);
    this.#drawRuler(brush, colour);
    this.#drawWave(brush, user, USER, colour("--user"));
    this.#drawWave(brush, agent, AGENT, colour("--agent"));
    this.#drawSpeech(brush, colour);
    this.#drawWords(brush, colour, inspection.turns);
    this.#drawStages(brush, colour, inspection.turns);
    this.#drawPointers(brush, colour);
    this.#drawNames(brush, colour);
  }

  #x(time) {
    return GUTTER + ((time - this.from) / this.span) * this.width;
  }

  #seen(begin, end) {
    return end >= this.from && begin <= this.from + this.span;
  }

  /** Where somebody spoke, the silence that ended it, what was heard; and the turn that is looked at. */
  #drawTurnGrounds(brush, colour, turns) {
    const fill = (name, lane, begin, end) => {
      if (!this.#seen(begin, end)) return;
      brush.fillStyle = colour(name);
      const left = Math.max(GUTTER, this.#x(begin));
      brush.fillRect(left, lane.top, Math.max(1, this.#x(end) - left), lane.tall);
    };
    if (turns[this.turn]) {
      const [begin, end] = spanOf(turns[this.turn]);
      fill("--raised", { top: RULER.tall, tall: 400 }, begin, end);
    }
    for (const { begun_s: zero, moments: at } of turns) {
      const s = (ms) => zero + ms / 1000;
      if (at.began !== undefined) fill("--user-ground", USER, s(at.began) - FRAME_S, zero);
      if (at.stopped !== undefined) fill("--line", SILENCE, zero, s(at.stopped));
      if (at.played !== undefined) fill("--agent-ground", AGENT, s(at.played), s(at.silent));
    }
  }

  #drawWave(brush, side, lane, paint) {
    const [top, tall] = [lane.top + TEXT_PX, lane.tall - TEXT_PX];
    const middle = top + tall / 2;
    brush.fillStyle = paint;
    brush.globalAlpha = 0.35;
    brush.fillRect(GUTTER, middle - 0.5, this.width, 1);
    brush.globalAlpha = 1;
    const bucketPx = ((BUCKET / RATE) * this.width) / this.span;
    if (bucketPx > RAW_PX) this.#drawSamples(brush, side, middle, tall / 2 - 3, paint);
    else this.#drawPeaks(brush, side.peaks, middle, tall / 2 - 3);
  }

  #drawPeaks(brush, peaks, middle, tall) {
    const perColumn = (COLUMN_PX * this.span * (RATE / BUCKET)) / this.width;
    const first = Math.floor((this.from * (RATE / BUCKET)) / perColumn);
    const last = first + Math.ceil(this.width / COLUMN_PX) + 1;
    for (let column = first; column < last; column++) {
      const end = Math.min(
        peaks.length,
        Math.max(column * perColumn + 1, (column + 1) * perColumn),
      );
      let most = 0;
      for (let n = Math.floor(column * perColumn); n < end; n++)
        if (peaks[n] > most) most = peaks[n];
      if (!most) continue;
      const size = Math.max(1, Math.sqrt(most / 255) * tall);
      const x = this.#x((column * perColumn * BUCKET) / RATE);
      if (x >= GUTTER) brush.fillRect(x, middle - size, COLUMN_PX - 1, 2 * size);
    }
  }

  #drawSamples(brush, { blocks, end }, middle, tall, paint) {
    const perPx = (this.span * RATE) / this.width;
    brush.strokeStyle = paint;
    brush.lineWidth = 1.25;
    brush.beginPath();
    for (let px = 0; px <= this.width; px++) {
      const begin = Math.floor(this.from * RATE + px * perPx);
      let [low, high] = [1, -1];
      for (let n = begin; n < begin + Math.max(1, perPx) && n < end; n++) {
        const sample = (blocks[Math.floor(n / BLOCK)]?.[n % BLOCK] ?? 0) / 32_768;
        const value = Math.sign(sample) * Math.sqrt(Math.abs(sample));
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      if (low > high) continue;
      brush.lineTo(GUTTER + px, middle - high * tall);
      if (high - low > 0.01) brush.lineTo(GUTTER + px, middle - low * tall);
    }
    brush.stroke();
  }

  /** The probability of speech: of those that share a column, the highest. */
  #drawSpeech(brush, colour) {
    const { speech } = this.recording;
    if (this.span / FRAME_S / this.width > DENSEST) return;
    const [bottom, tall] = [USER.top + USER.tall - 4, USER.tall - TEXT_PX - 6];
    brush.strokeStyle = colour("--text");
    brush.globalAlpha = 0.75;
    brush.lineWidth = 1.25;
    brush.beginPath();
    let [column, most, gap] = [-1, 0, true];
    const last = (this.from + this.span) * RATE;
    for (let n = this.#firstFrame(); n < speech.length && speech[n] <= last; n += 3) {
      const x = Math.max(GUTTER, Math.round(this.#x(speech[n + 1] / RATE)));
      if (n > 0 && speech[n] - speech[n - 2] > RATE / 2) gap = true;
      most = x === column ? Math.max(most, speech[n + 2]) : speech[n + 2];
      brush[gap ? "moveTo" : "lineTo"](x, bottom - most * tall);
      [column, gap] = [x, false];
    }
    brush.stroke();
    brush.globalAlpha = 1;
  }

  #firstFrame() {
    const { speech } = this.recording;
    let [low, high] = [0, speech.length / 3];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (speech[3 * middle + 1] < this.from * RATE) low = middle + 1;
      else high = middle;
    }
    return 3 * low;
  }

  /** What was said stands above its sound, as far as there is room before the next. */
  #drawWords(brush, colour, turns) {
    brush.font = `12px ${colour("--sans")}`;
    brush.textBaseline = "middle";
    const user = turns
      .filter(({ heard }) => heard)
      .map((turn) => [spanOf(turn)[0], turn.begun_s, turn.heard]);
    const agent = turns.filter(({ said }) => said).map((turn) => [...heardSpan(turn), turn.said]);
    this.#write(brush, user, USER, colour("--user"));
    this.#write(brush, agent, AGENT, colour("--agent"));
    brush.fillStyle = colour("--bad");
    for (const { begun_s: zero, interruption: cut } of turns) {
      const x = cut && this.#x(zero + cut.at / 1000);
      if (cut && x >= GUTTER) brush.fillRect(x - 1, AGENT.top, 2, AGENT.tall);
    }
  }

  /** Each of [begin, end, text], as long as any of its sound is seen. */
  #write(brush, words, lane, paint) {
    brush.fillStyle = paint;
    for (const [n, [begin, end, text]] of words.entries()) {
      const left = Math.max(GUTTER + 4, this.#x(begin) + 4);
      const right = n + 1 < words.length ? this.#x(words[n + 1][0]) - 6 : GUTTER + this.width;
      if (right - left < ROOM_PX || !this.#seen(begin, end)) continue;
      brush.fillText(fitted(brush, text, right - left), left, lane.top + TEXT_PX / 2 + 1);
    }
  }

  #drawStages(brush, colour, turns) {
    for (const turn of turns) {
      const [begin, end] = spanOf(turn);
      if (!this.#seen(begin, end)) continue;
      for (const { stage, waits, begins, ends } of stagesOf(turn)) {
        const top = STAGES.top + stage * STAGES.row;
        brush.fillStyle = colour(`--stage-${stage}`);
        brush.globalAlpha = 0.4;
        this.#bar(brush, turn.begun_s, waits, begins, top);
        brush.globalAlpha = 1;
        this.#bar(brush, turn.begun_s, begins, ends, top);
      }
    }
  }

  #bar(brush, zero, from, to, top) {
    const left = Math.max(GUTTER, this.#x(zero + from / 1000));
    const right = this.#x(zero + to / 1000);
    if (right < GUTTER || right < left) return;
    brush.beginPath();
    brush.roundRect(left, top, Math.max(1.5, right - left), STAGES.bar, 2.5);
    brush.fill();
  }

  #drawRuler(brush, colour) {
    const step = stepFor((80 * this.span) / this.width);
    const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
    brush.font = `11px ${colour("--mono")}`;
    brush.textBaseline = "middle";
    for (let n = Math.ceil(this.from / step); n * step <= this.from + this.span; n++) {
      const x = this.#x(n * step);
      brush.fillStyle = colour("--line");
      brush.fillRect(x, RULER.top + 16, 1, this.canvas.clientHeight);
      brush.fillStyle = colour("--dim");
      if (x + 50 < GUTTER + this.width)
        brush.fillText(clock(n * step, digits), x + 4, RULER.top + 12);
    }
  }

  #drawPointers(brush, colour) {
    const tall = this.canvas.clientHeight;
    if (this.pointed !== null) {
      brush.fillStyle = colour("--dim");
      brush.globalAlpha = 0.6;
      brush.fillRect(this.#x(this.pointed), 0, 1, tall);
      brush.globalAlpha = 1;
    }
    const x = this.#x(this.position);
    if (x < GUTTER - 1 || x > GUTTER + this.width) return;
    brush.fillStyle = colour("--accent");
    brush.fillRect(x - 0.75, 0, 1.5, tall);
    brush.beginPath();
    brush.moveTo(x - 6, 0);
    brush.lineTo(x + 6, 0);
    brush.lineTo(x, 9);
    brush.fill();
  }

  #drawNames(brush, colour) {
    brush.fillStyle = colour("--card");
    brush.fillRect(0, 0, GUTTER, this.canvas.clientHeight);
    brush.textBaseline = "middle";
    const name = (text, y, paint, font) => {
      Object.assign(brush, { font, fillStyle: colour(paint) });
      brush.fillText(text, 14, y);
    };
    name("You", USER.top + USER.tall / 2 + 6, "--user", `600 12.5px ${colour("--sans")}`);
    name("Agent", AGENT.top + AGENT.tall / 2 + 6, "--agent", `600 12.5px ${colour("--sans")}`);
    for (const [n, stage] of RECORDED_STAGES.entries())
      name(stage.name, STAGES.top + n * STAGES.row + 5, "--dim", `11px ${colour("--sans")}`);
  }
}

/** From when to when an answer was heard, or where it stands if it was not. */
function heardSpan({ begun_s: zero, moments: at }) {
  const begin = at.played ?? at.sent ?? at.text ?? 0;
  return [zero + begin / 1000, zero + (at.silent ?? at.done ?? begin) / 1000];
}

/** A step of 1, 2 or 5 tenths, or of seconds and minutes as clocks have them. */
function stepFor(least) {
  const steps = [
    0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800,
  ];
  return steps.find((step) => step >= least) ?? 3600;
}
