/** Plays both sides of a recording, each in its place, a little ahead of what is heard. */
import { BLOCK, RATE } from "./tracks.js";

const PIECE = RATE / 4;
const AHEAD_S = 1;
const FILL_MS = 150;
const MODES = {
  stereo: ([user, agent]) => [user, agent],
  mixed: ([user, agent]) => [sum(user, agent), null],
  user: ([user]) => [user, null],
  agent: ([, agent]) => [agent, null],
};

export class Listening {
  constructor({ user, agent, inspection }) {
    this.sides = [user, agent];
    this.length = Math.max(inspection.duration_s, user.end / RATE, agent.end / RATE);
    this.mode = "stereo";
    this.at = 0; // where playing begins, s
    this.context = null;
  }

  get playing() {
    return this.context !== null;
  }

  /** Where playing is, in seconds. */
  get position() {
    if (!this.playing) return this.at;
    const heard = this.context.currentTime - this.begun - (this.context.outputLatency || 0);
    return Math.min(this.length, this.at + Math.max(0, heard));
  }

  play() {
    if (this.playing) return;
    if (this.at >= this.length) this.at = 0;
    this.context = new AudioContext({ sampleRate: RATE });
    this.begun = this.context.currentTime + 0.05;
    this.next = Math.round(this.at * RATE);
    this.timer = setInterval(() => this.#fill(), FILL_MS);
    this.#fill();
  }

  pause() {
    if (!this.playing) return;
    this.at = this.position;
    clearInterval(this.timer);
    this.context.close();
    this.context = null;
  }

  /** Go on from there. */
  seek(seconds) {
    const wasPlaying = this.playing;
    this.pause();
    this.at = Math.max(0, Math.min(this.length, seconds));
    if (wasPlaying) this.play();
  }

  #fill() {
    const offset = this.begun - this.at;
    while (this.next < this.length * RATE) {
      const due = offset + this.next / RATE;
      if (due > this.context.currentTime + AHEAD_S) return;
      this.#schedule(due);
      this.next += PIECE;
    }
    if (this.position >= this.length) this.pause();
  }

  #schedule(due) {
    const parts = this.sides.map((side) => samples(side.blocks, this.next, PIECE));
    const [left, right] = MODES[this.mode](parts);
    const buffer = this.context.createBuffer(2, PIECE, RATE);
    buffer.copyToChannel(left, 0);
    buffer.copyToChannel(right ?? left, 1);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    source.start(due);
  }
}

/** Samples from -1 to 1; silence where there is no sound. */
function samples(blocks, begin, size) {
  const found = new Float32Array(size);
  for (let n = 0; n < size; n++) {
    const block = blocks[Math.floor((begin + n) / BLOCK)];
    if (block) found[n] = block[(begin + n) % BLOCK] / 32_768;
  }
  return found;
}

function sum(one, other) {
  return one.map((sample, n) => Math.max(-1, Math.min(1, sample + other[n])));
}
