/**
 * In the audio thread: plays pieces of sound one behind the other, and counts what was played of each
 * item.  Sound that comes too late makes a pause, which counts for nothing.
 *
 * Told {play: item, samples} and {hush: true}; tells {started: item, at}, {drained: true} and, when
 * hushed, {hushed: [{item, played}]} for every item of which something was still to be played.
 */
class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];
    this.played = new Map();
    this.place = 0; // in the first piece of the queue
    this.port.onmessage = ({ data }) => (data.hush ? this.#hush() : this.#play(data));
  }

  process(_inputs, [[output]]) {
    let filled = 0;
    while (this.queue.length && filled < output.length) filled += this.#fill(output, filled);
    if (filled && !this.queue.length) this.port.postMessage({ drained: true });
    return true;
  }

  #fill(output, filled) {
    const { item, samples } = this.queue[0];
    if (!this.played.has(item)) {
      this.played.set(item, 0);
      this.port.postMessage({ started: item, at: currentTime + filled / sampleRate });
    }
    const piece = samples.subarray(this.place, this.place + output.length - filled);
    output.set(piece, filled);
    this.played.set(item, this.played.get(item) + piece.length);
    this.place += piece.length;
    if (this.place === samples.length) {
      this.queue.shift();
      this.place = 0;
    }
    return piece.length;
  }

  #play({ play, samples }) {
    if (samples.length) this.queue.push({ item: play, samples });
  }

  #hush() {
    const items = [...new Set(this.queue.map(({ item }) => item))];
    const hushed = items.map((item) => ({ item, played: this.played.get(item) ?? 0 }));
    this.queue = [];
    this.place = 0;
    this.played.clear();
    this.port.postMessage({ hushed });
  }
}

registerProcessor("player", Player);
