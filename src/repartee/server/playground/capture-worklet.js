/** In the audio thread: brings the microphone to 24 kHz mono s16, in pieces of 40 ms. */
import { Resampler } from "./resampler.js";

const RATE = 24_000;
const PIECE = 960;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, RATE);
    this.piece = new Int16Array(PIECE);
    this.filled = 0;
  }

  process([[channel]]) {
    if (channel) this.resampler.push(channel).forEach((sample) => this.#take(sample));
    return true;
  }

  #take(sample) {
    this.piece[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32_767;
    if (this.filled < PIECE) return;
    this.port.postMessage(this.piece, [this.piece.buffer]);
    this.piece = new Int16Array(PIECE);
    this.filled = 0;
  }
}

registerProcessor("capture", Capture);
