/** What a recorded client was told, whichever dialect it speaks, as far as turns depend on it. */
const GA_NAMES = {
  "transcription_session.created": "session.created",
  "transcription_session.updated": "session.updated",
  "conversation.item.created": "conversation.item.added",
  "response.text.delta": "response.output_text.delta",
  "response.audio.delta": "response.output_audio.delta",
  "response.audio_transcript.delta": "response.output_audio_transcript.delta",
};
const BETA_FORMATS = { pcm16: "audio/pcm", g711_ulaw: "audio/pcmu", g711_alaw: "audio/pcma" };
const BYTES_PER_S = { "audio/pcm": 48_000, "audio/pcmu": 8_000, "audio/pcma": 8_000 };
const THRESHOLD = 0.5; // of the turn detection that does not say

/** The name of an event, as GA has it. */
export function nameOf(type) {
  return GA_NAMES[type] ?? type;
}

/** How the agent's sound is written: in this session, and in each response. */
export class Formats {
  constructor() {
    this.usual = "audio/pcm";
    this.own = new Map();
  }

  begin(response) {
    this.own.set(response.id, format(response.audio?.output ?? response) ?? this.usual);
  }

  of(response) {
    return this.own.get(response) ?? this.usual;
  }

  seconds(response, size) {
    return size / BYTES_PER_S[this.of(response)];
  }
}

/** What a session's configuration says of turns and, told to `formats`, of the agent's sound. */
export function configured(session, formats) {
  const { input, output } = session.audio ?? { input: session, output: session };
  formats.usual = format(output ?? {}) ?? "audio/pcm";
  const vad = input.turn_detection;
  return {
    kind: vad?.type ?? null,
    threshold: vad ? (vad.threshold ?? THRESHOLD) : null,
    silence: (vad?.type === "server_vad" && vad.silence_duration_ms) || null,
    interrupts: Boolean(vad?.interrupt_response),
  };
}

function format({ output_audio_format: beta, format: ga }) {
  const found = beta ? BETA_FORMATS[beta] : ga?.type;
  return found in BYTES_PER_S ? found : null;
}
