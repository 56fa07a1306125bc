/**
 * Changes the rate of a stream of samples.
 *
 * A sinc windowed by Hann, cut off a little below the lower of both Nyquist frequencies, kept as one
 * table per phase of the output against the input.
 */
const ZEROS = 16; // of the sinc, on either side
const PASSED = 0.94; // of the band that both rates have

export class Resampler {
  constructor(from, to) {
    const common = divisor(from, to);
    this.phases = to / common;
    this.step = from / common;
    const cutoff = PASSED * Math.min(1, to / from);
    this.reach = Math.ceil(ZEROS / cutoff); // samples of input, on either side
    this.tables = Array.from({ length: this.phases }, (_, phase) =>
      table(phase / this.phases, this.reach, cutoff),
    );
    this.held = new Float32Array(2 * this.reach - 1);
    this.at = 0; // the next output's first sample of input within what is held
    this.phase = 0;
    this.same = from === to;
  }

  /** The next samples at the new rate, as many as the input so far allows. */
  push(samples) {
    if (this.same) return samples;
    const input = new Float32Array(this.held.length + samples.length);
    input.set(this.held);
    input.set(samples, this.held.length);
    const output = [];
    while (this.at + 2 * this.reach <= input.length) {
      output.push(this.#weigh(input));
      this.phase += this.step;
      this.at += Math.floor(this.phase / this.phases);
      this.phase %= this.phases;
    }
    const kept = Math.min(this.at, input.length);
    this.held = input.slice(kept);
    this.at -= kept;
    return Float32Array.from(output);
  }

  #weigh(input) {
    const weights = this.tables[this.phase];
    let sum = 0;
    for (let n = 0; n < weights.length; n++) sum += weights[n] * input[this.at + n];
    return sum;
  }
}

function table(offset, reach, cutoff) {
  const weights = Float32Array.from({ length: 2 * reach }, (_, n) => {
    const x = n - reach + 1 - offset;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / reach);
    return sinc(cutoff * x) * window;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum); // a constant stays what it is
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function divisor(a, b) {
  return b === 0 ? a : divisor(b, a % b);
}
