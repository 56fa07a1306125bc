/** A sound file said as if it came from the microphone: in pieces of 40 ms, no faster than real time. */
const RATE = 24_000;
const PIECE = 960;
const PIECE_MS = 40;

/** The file as 24 kHz mono s16 samples.  Raises DOMException where the browser cannot read it. */
export async function decode(file) {
  const context = new OfflineAudioContext(1, 1, RATE);
  const sound = await context.decodeAudioData(await file.arrayBuffer());
  const samples = new Int16Array(sound.length);
  const channels = Array.from({ length: sound.numberOfChannels }, (_, n) =>
    sound.getChannelData(n),
  );
  for (let n = 0; n < samples.length; n++) {
    const mean = channels.reduce((sum, channel) => sum + channel[n], 0) / channels.length;
    samples[n] = Math.max(-1, Math.min(1, mean)) * 32_767;
  }
  return samples;
}

/** Gives samples piece by piece, and behind them silence until it is stopped. */
export class Recording {
  constructor(samples, hear, ended) {
    this.samples = samples;
    this.hear = hear;
    this.ended = ended;
    this.place = 0;
    this.begun = performance.now();
    // A timer of a page in the background comes late: what it owes is then given at once.
    this.timer = setInterval(() => this.#catchUp(), PIECE_MS / 2);
  }

  stop() {
    clearInterval(this.timer);
  }

  #catchUp() {
    const due = Math.floor((performance.now() - this.begun) / PIECE_MS) * PIECE;
    while (this.place < due) {
      const piece = new Int16Array(PIECE);
      piece.set(this.samples.subarray(this.place, this.place + PIECE));
      this.place += PIECE;
      this.hear(piece);
      if (this.place >= this.samples.length && this.place - PIECE < this.samples.length)
        this.ended();
    }
  }
}
