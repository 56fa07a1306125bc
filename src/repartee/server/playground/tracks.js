/**
 * Both sides of a recording as sound on one time line, 24 kHz, from the session's beginning; with the
 * loudness of every hundredth of a second, and how like speech the user's sound is.
 */
import { Decoder, fromBase64 } from "./g711.js";

export const RATE = 24_000;
export const BUCKET = 240; // samples of which one loudness is kept
export const BLOCK = 10 * RATE; // samples that lie together
const SLACK = 0.1 * RATE; // by which sound may come late before that is a gap
const FRAME = 768; // samples that the probability is of, at most

/** One side: blocks by their number, where there is sound at all. */
export class Track {
  constructor() {
    this.blocks = [];
    this.end = 0;
  }

  /** Samples as s16, from `begin` on. */
  write(begin, samples) {
    for (let done = 0; done < samples.length;) {
      const [number, place] = [Math.floor((begin + done) / BLOCK), (begin + done) % BLOCK];
      this.blocks[number] ??= new Int16Array(BLOCK);
      const size = Math.min(BLOCK - place, samples.length - done);
      this.blocks[number].set(samples.subarray(done, done + size), place);
      done += size;
    }
    this.end = Math.max(this.end, begin + samples.length);
  }

  /** Nothing is heard from here on. */
  cut(end) {
    if (end >= this.end) return;
    const number = Math.floor(end / BLOCK);
    this.blocks[number]?.fill(0, end % BLOCK);
    this.blocks.length = Math.min(this.blocks.length, number + 1);
    this.end = end;
  }

  /** Peaks from 0 to 255, one for each bucket. */
  peaks() {
    const peaks = new Uint8Array(Math.ceil(this.end / BUCKET));
    const per = BLOCK / BUCKET;
    for (const [number, block] of this.blocks.entries())
      for (let n = 0; block && n < per && number * per + n < peaks.length; n++) {
        let most = 0;
        for (let at = n * BUCKET; at < (n + 1) * BUCKET; at++) {
          const size = block[at] < 0 ? -block[at] : block[at];
          if (size > most) most = size;
        }
        peaks[number * per + n] = most >> 7;
      }
    return peaks;
  }
}

export class Tracks {
  constructor() {
    this.since = 0;
    this.user = new Track();
    this.agent = new Track();
    this.speech = []; // [begin, end (samples), probability], one after another
    this.decoders = new Map();
    this.waiting = new Map(); // sound of a call that may be played, by its work
  }

  /** The user's sound as bytes, of which the last was heard at `now`. */
  hear(now, pcm, speech) {
    const samples = words(pcm);
    let begin = this.#sample(now) - samples.length;
    if (begin - this.user.end < SLACK) begin = this.user.end;
    this.user.write(begin, samples);
    const end = begin + samples.length;
    if (speech !== null) this.speech.push(Math.max(begin, end - FRAME), end, speech);
  }

  /** The agent's sound of a response, in base64, as it is played from `begins` on. */
  send(begins, sound, format, ref) {
    const bytes = fromBase64(sound);
    this.agent.write(this.#sample(begins), this.#decoded(bytes, format, ref));
  }

  /** This may be played on a call. */
  expect(ref, pcm) {
    if (!this.waiting.has(ref)) this.waiting.set(ref, []);
    this.waiting.get(ref).push(words(pcm));
  }

  /** What was not played so far is not. */
  forget(ref) {
    this.waiting.delete(ref);
  }

  /** What is due of a call's sound is played from `begins` on. */
  play(begins, ref) {
    const samples = this.waiting.get(ref)?.shift();
    if (samples) this.agent.write(this.#sample(begins), samples);
  }

  /** Nothing of the agent is heard from `now` on, of all that was sent so far. */
  hush(now) {
    this.agent.cut(this.#sample(now));
  }

  #decoded(bytes, format, ref) {
    if (format === "audio/pcm") return words(bytes);
    if (!this.decoders.has(ref)) this.decoders.set(ref, new Decoder(format));
    return Int16Array.from(this.decoders.get(ref).decode(bytes), (sample) => sample * 32_767);
  }

  #sample(now) {
    return Math.max(0, Math.round((now - this.since) * RATE));
  }
}

/** Bytes as s16; copied, since what was read of a file may begin anywhere. */
function words(bytes) {
  return new Int16Array(bytes.slice(0, bytes.length & ~1).buffer);
}
