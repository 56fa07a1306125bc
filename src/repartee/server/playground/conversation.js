/**
 * One conversation at a time, over either transport: what is sent and what comes, sound included.
 *
 * Tells its listeners (`on`) of: `sent` and `received` {event, time}; `opened`; `closed` {reason};
 * `spoke` {pcm, time}, a piece of the user's sound; `sounds` {item, time}, an answer reaching the ear.
 */
import { openCall } from "./call.js";
import { Decoder, Encoder, fromBase64, toBase64 } from "./g711.js";
import { Microphone } from "./microphone.js";
import { Player } from "./player.js";
import { Recording } from "./recording.js";
import { openSocket } from "./socket.js";

const BEARING = ["response.created", "response.done"];

export class Conversation {
  #listeners = new Map();

  constructor(loudspeaker) {
    this.loudspeaker = loudspeaker;
    this.connection = null;
    this.microphone = null;
    this.answering = null; // the id of the response in progress
  }

  on(name, listen) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listen]);
  }

  get open() {
    return this.connection !== null;
  }

  get transport() {
    return this.connection?.transport ?? null;
  }

  /** What the agent's sound can be watched by, once there is any. */
  get analyser() {
    return this.player?.analyser ?? this.connection?.analyser ?? null;
  }

  /** Connect; with `speaks`, by microphone.  Raises Error. */
  async start({ transport, model, speaks }) {
    this.session = null;
    this.sentMs = 0;
    this.microphone = speaks ? new Microphone((pcm) => this.#say(pcm)) : null;
    try {
      await this.microphone?.open();
      await this.#connect(transport, model);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  async #connect(transport, model) {
    const told = {
      model,
      received: (event) => this.#receive(event),
      closed: (reason) => this.#end(reason),
    };
    if (transport === "webrtc") {
      const { track } = this.microphone ?? { track: null };
      this.connection = await openCall({ ...told, track, loudspeaker: this.loudspeaker });
    } else {
      this.player = new Player({
        started: (item, time) => this.#tell("sounds", { item, time }),
        drained: () => this.#tell("drained", {}),
      });
      await this.player.open();
      this.connection = openSocket(told);
    }
  }

  stop() {
    this.connection?.close();
  }

  send(event) {
    if (!this.connection) return;
    this.connection.send(event);
    this.#tell("sent", { event, time: performance.now() });
  }

  /** Stop the answer that is written or heard, and say how much of it was. */
  async interrupt() {
    if (this.answering) this.send({ type: "response.cancel" });
    if (this.transport === "webrtc") this.send({ type: "output_audio_buffer.clear" });
    else await this.#hush();
  }

  /** Say a recording, as if it came from the microphone. */
  async say(samples) {
    this.recording?.stop();
    const ended = () => this.#tell("said", {});
    if (this.transport === "webrtc") {
      await this.connection.say(samples, ended);
    } else {
      this.recording = new Recording(
        samples,
        (pcm) => this.#pass(pcm),
        () => {
          if (this.microphone) this.#quiet();
          ended();
        },
      );
    }
  }

  /** When, in `performance.now()`, the server's place `ms` in the user's sound was said. */
  timeOf(ms) {
    return this.sentMs ? this.sentAt - (this.sentMs - ms) : null;
  }

  #say(pcm) {
    if (!this.recording) this.#pass(pcm);
  }

  #quiet() {
    this.recording?.stop();
    this.recording = null;
  }

  #pass(pcm) {
    const time = performance.now();
    this.#tell("spoke", { pcm, time });
    if (this.transport !== "websocket" || !this.session) return;
    const { type } = this.session.audio.input.format;
    if (this.encoder?.format !== type) this.encoder = new Encoder(type);
    this.send({ type: "input_audio_buffer.append", audio: toBase64(this.encoder.encode(pcm)) });
    this.sentMs += pcm.length / 24;
    this.sentAt = time;
  }

  #receive(event) {
    if (event.session) this.session = event.session;
    if (BEARING.includes(event.type))
      this.answering = event.type === "response.created" ? event.response.id : null;
    if (event.type === "response.output_audio.delta") this.#hear(event);
    this.#tell("received", { event, time: performance.now() });
    if (event.type === "session.created") this.#tell("opened", { session: event.session });
    if (event.type === "output_audio_buffer.started")
      this.#tell("sounds", { item: null, response: event.response_id, time: performance.now() });
    if (event.type === "input_audio_buffer.speech_started") this.#interrupted();
  }

  #hear({ item_id, delta }) {
    const { type } = this.session.audio.output.format;
    if (this.decoder?.format !== type) this.decoder = new Decoder(type);
    this.player.play(item_id, this.decoder.decode(fromBase64(delta)));
  }

  /** The server has cut its answer short; of what lies here only this page knows what was heard. */
  #interrupted() {
    const { turn_detection: detection } = this.session.audio.input;
    if (this.player && detection?.interrupt_response) this.#hush();
  }

  async #hush() {
    if (!this.player.playing) return;
    for (const { item, ms } of await this.player.hush()) {
      this.send({
        type: "conversation.item.truncate",
        item_id: item,
        content_index: 0,
        audio_end_ms: ms,
      });
    }
  }

  #end(reason) {
    this.#release();
    this.#tell("closed", { reason });
  }

  #release() {
    this.#quiet();
    this.microphone?.close();
    this.player?.close();
    this.microphone = this.player = this.connection = this.answering = null;
    this.encoder = this.decoder = null;
  }

  #tell(name, detail) {
    for (const listen of this.#listeners.get(name) ?? []) listen(detail);
  }
}
