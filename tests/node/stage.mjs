// What the scenes of all clients are made of.
import { inspect } from "node:util";

const PIECE_BYTES = 4800; // 100 ms

export const SECOND_BYTES = 48_000; // of s16 samples at 24 kHz
export const WHILE_BYTES = SECOND_BYTES / 2; // what is listened to, before an answer is stopped
export const KEY = "sk-anything";
export const QUESTION = "How do you do?";
export const ERRAND = "Get me the weather, please.";
export const FORECAST = "It rains.";
export const WEATHER = {
  name: "get_weather",
  description: "Tells the weather.",
  parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
};

/** A message of the user's, as an item of the conversation. */
export function message(text) {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

/** Where WebSockets are opened that lead to the server at a base URL. */
export function socketURL(baseURL) {
  return baseURL.replace(/^http/, "ws");
}

/** Sound as a microphone gives it: in pieces of 100 ms, each an ArrayBuffer of its own. */
export function* pieces(sound) {
  for (let start = 0; start < sound.length; start += PIECE_BYTES) {
    yield new Uint8Array(sound.subarray(start, start + PIECE_BYTES)).buffer;
  }
}

/** End the scene, whoever called: some clients catch what their listeners throw. */
export function fail(error) {
  setImmediate(() => {
    throw error instanceof Error ? error : new Error(inspect(error, { depth: 9 }));
  });
}

/** What a client lets its user see and hear, and somebody who waits for it. */
export class Witness {
  heard = []; // what the user said aloud
  spoken = {}; // when the user did, in seconds
  answers = []; // what was answered, in writing or aloud
  audioBytes = 0; // of answers
  leftBytes = null; // of the first answer, once it was truncated
  reasons = null; // why answers ended early, where the client tells
  calls = []; // what the function was called with
  happened = {}; // how often

  #looks = new Set();

  /** Something came about. */
  saw(name) {
    this.happened[name] = (this.happened[name] ?? 0) + 1;
    this.look();
  }

  /** Sound of an answer was heard. */
  listened(bytes) {
    this.audioBytes += bytes;
    this.look();
  }

  /** Whoever waits looks again. */
  look() {
    for (const look of [...this.#looks]) look();
  }

  /** Wait until something came about so many times in all. */
  until(name, times = 1) {
    return this.wait(() => this.happened[name] >= times);
  }

  /** Wait for so much more sound. */
  listen(bytes) {
    const enough = this.audioBytes + bytes;
    return this.wait(() => this.audioBytes >= enough);
  }

  /** What `condition` gives as soon as it gives anything. */
  wait(condition) {
    return new Promise((resolve) => {
      const look = () => {
        const found = condition();
        if (!found) return;
        this.#looks.delete(look);
        resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }
}
