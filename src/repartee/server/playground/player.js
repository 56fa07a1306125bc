/** Plays the answers that come over a WebSocket, and knows to the millisecond what was heard. */
const RATE = 24_000;

export class Player {
  /** `started(item, time)` is told when an item's first sound reaches the ear, in `performance.now()`. */
  constructor({ started, drained }) {
    this.started = started;
    this.drained = drained;
    this.waiting = [];
    this.playing = false;
  }

  async open() {
    this.context = new AudioContext({ sampleRate: RATE });
    await this.context.audioWorklet.addModule(new URL("player-worklet.js", import.meta.url));
    this.node = new AudioWorkletNode(this.context, "player", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.node.port.onmessage = ({ data }) => this.#told(data);
    this.analyser = new AnalyserNode(this.context, { fftSize: 1024 });
    this.node.connect(this.analyser).connect(this.context.destination);
    await this.context.resume();
  }

  /** Play samples (Float32Array, 24 kHz) of an item behind all else. */
  play(item, samples) {
    this.playing = true;
    this.node.port.postMessage({ play: item, samples }, [samples.buffer]);
  }

  /** Play nothing more; what was heard of each item that is cut short: [{item, ms}]. */
  hush() {
    this.playing = false;
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.node.port.postMessage({ hush: true });
    });
  }

  close() {
    this.context?.close();
    this.context = null;
    this.playing = false;
  }

  /** Seconds from the audio thread to the ear, as far as the browser knows. */
  get #latency() {
    return this.context?.outputLatency || this.context?.baseLatency || 0;
  }

  #told({ started, at, drained, hushed }) {
    if (hushed) this.waiting.shift()(hushed.map((each) => this.#heard(each)));
    if (drained) {
      this.playing = false;
      this.drained();
    }
    if (started && this.context) {
      const ahead = at + this.#latency - this.context.currentTime;
      this.started(started, performance.now() + ahead * 1000);
    }
  }

  #heard({ item, played }) {
    const late = Math.round(this.#latency * RATE); // rendered, and not at the ear yet
    return { item, ms: Math.floor((Math.max(0, played - late) * 1000) / RATE) };
  }
}
