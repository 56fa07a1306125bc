/** What each answer waited for: times of a turn, counted from the end of the user's speech. */

export const STAGES = [
  { name: "committed", title: "turn ended" },
  { name: "transcribed", title: "transcript" },
  { name: "token", title: "first token" },
  { name: "audio", title: "first audio" },
  { name: "heard", title: "heard" },
];

const FIRST_TOKENS = [
  "response.output_text.delta",
  "response.output_audio_transcript.delta",
  "response.function_call_arguments.delta",
];

/** Follows the events of a conversation; `changed` is told of the turn that has news. */
export class Turns {
  constructor(changed) {
    this.changed = changed;
    this.all = [];
  }

  clear() {
    this.all = [];
  }

  sent({ type }, time) {
    if (type === "input_audio_buffer.commit") this.#begin("pushed", time);
    const open = this.all.at(-1);
    if (type === "response.create" && !(open?.kind === "pushed" && !open.response))
      this.#begin("asked", time);
  }

  /** `spokenUntil` is when the user's speech ended, for `speech_stopped`. */
  received(event, time, spokenUntil) {
    switch (event.type) {
      case "input_audio_buffer.speech_stopped":
        this.#begin("spoken", spokenUntil, event.item_id);
        break;
      case "input_audio_buffer.committed":
        this.#mark(this.#awaiting(), "committed", time, { item: event.item_id });
        break;
      case "conversation.item.input_audio_transcription.completed":
        this.#transcribed(event, time);
        break;
      case "response.created":
        this.#answered(event.response.id, time);
        break;
      case "response.output_audio.delta":
        this.#mark(this.#of(event.response_id), "audio", time, { reply: event.item_id });
        break;
      case "response.done":
        this.#done(event.response);
        break;
      default:
        if (FIRST_TOKENS.includes(event.type))
          this.#mark(this.#of(event.response_id), "token", time);
    }
  }

  /** Sound of an answer reaches the ear; over WebRTC it is told by its response. */
  heard({ item, response, time }) {
    const turn = this.all.find((each) => (item ? each.reply === item : each.response === response));
    if (turn && !item) this.#mark(turn, "audio", time);
    this.#mark(turn, "heard", time);
  }

  #begin(kind, time, item = null) {
    const turn = {
      number: this.all.length + 1,
      kind,
      begun: time,
      item,
      response: null,
      marks: {},
      status: "",
    };
    this.all.push(turn);
    return turn;
  }

  #awaiting() {
    const last = this.all.at(-1);
    return last && !last.response ? last : undefined;
  }

  #of(response) {
    return this.all.find((turn) => turn.response === response);
  }

  #answered(response, time) {
    const turn = this.#awaiting() ?? this.#begin("server", time);
    turn.response = response;
    this.changed(turn);
  }

  #transcribed({ item_id, transcript }, time) {
    const turn = this.all.find(({ item }) => item === item_id);
    this.#mark(turn, "transcribed", time, { said: transcript });
  }

  #done({ id, status, status_details: details }) {
    const turn = this.#of(id);
    if (!turn) return;
    turn.status = status === "completed" ? "" : (details?.reason ?? status).replaceAll("_", " ");
    this.changed(turn);
  }

  #mark(turn, name, time, more = {}) {
    if (!turn) return;
    Object.assign(turn, more);
    turn.marks[name] ??= Math.max(0, time - turn.begun);
    this.changed(turn);
  }
}
