/** The three formats of sound on the wire, to and from 24 kHz samples; G.711 as ITU-T has it. */
import { Resampler } from "./resampler.js";

const RATE = 24_000;
const TELEPHONE_RATE = 8_000;

/** Writes pieces of 24 kHz s16 as bytes of one format. */
export class Encoder {
  constructor(format) {
    this.format = format;
    this.resampler = new Resampler(RATE, TELEPHONE_RATE);
  }

  encode(pcm) {
    if (this.format === "audio/pcm")
      return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    const compress = this.format === "audio/pcmu" ? toMu : toA;
    const slow = this.resampler.push(Float32Array.from(pcm));
    return Uint8Array.from(slow, (sample) =>
      compress(Math.max(-32_768, Math.min(32_767, Math.round(sample)))),
    );
  }
}

/** Reads bytes of one format as 24 kHz samples from -1 to 1. */
export class Decoder {
  constructor(format) {
    this.format = format;
    this.resampler = new Resampler(TELEPHONE_RATE, RATE);
  }

  decode(bytes) {
    if (this.format === "audio/pcm") {
      const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
      return Float32Array.from(samples, (sample) => sample / 32_768);
    }
    const expand = this.format === "audio/pcmu" ? fromMu : fromA;
    return this.resampler.push(Float32Array.from(bytes, (byte) => expand(byte) / 32_768));
  }
}

export function toBase64(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(text);
}

export function fromBase64(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let n = 0; n < bytes.length; n++) bytes[n] = letters.charCodeAt(n);
  return bytes;
}

function toMu(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const size = Math.min(Math.abs(sample), 32_635) + 132;
  const exponent = 24 - Math.clz32(size); // of the highest bit, from bit 7 on
  return ~(sign | (exponent << 4) | ((size >> (exponent + 3)) & 0x0f)) & 0xff;
}

function fromMu(byte) {
  const bits = ~byte & 0xff;
  const exponent = (bits >> 4) & 7;
  const size = ((((bits & 0x0f) << 3) + 132) << exponent) - 132;
  return bits & 0x80 ? -size : size;
}

function toA(sample) {
  const sign = sample < 0 ? 0 : 0x80;
  const size = (sample < 0 ? ~sample : sample) >> 3; // 12 bits
  const exponent = Math.max(0, 27 - Math.clz32(size));
  const mantissa = (exponent ? size >> exponent : size >> 1) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function fromA(byte) {
  const bits = byte ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const size = exponent ? (mantissa + 256) << (exponent - 1) : mantissa;
  return bits & 0x80 ? size : -size;
}
