/** Every setting of a session that the form shows: where it stands in the configuration, and what it may be. */
const FORMATS = [
  ["audio/pcm", "PCM, 24 kHz"],
  ["audio/pcmu", "G.711 µ-law"],
  ["audio/pcma", "G.711 A-law"],
];
const VOICES = [
  "alloy",
  "ash",
  "ballad",
  "cedar",
  "coral",
  "echo",
  "marin",
  "sage",
  "shimmer",
  "verse",
];
const TURN = "audio.input.turn_detection";
const HEARD = "audio.input.transcription";
const NOISE = "audio.input.noise_reduction";

/** `when` names values of the field `of` with which this one is shown; `null` stands for off. */
export const GROUPS = [
  {
    title: "Answers",
    fields: [
      { path: "instructions", label: "Instructions", kind: "text", wide: true },
      { path: "audio.output.voice", label: "Voice", kind: "word", suggestions: VOICES },
      {
        path: "audio.output.speed",
        label: "Speed (0.25 to 1.5)",
        kind: "number",
        step: 0.05,
        min: 0.25,
        max: 1.5,
      },
      {
        path: "output_modalities.0",
        label: "Answers come",
        kind: "choice",
        options: [
          ["audio", "spoken"],
          ["text", "in writing"],
        ],
      },
      { path: "max_output_tokens", label: "Longest answer, tokens or inf", kind: "word" },
    ],
  },
  {
    title: "Turns",
    fields: [
      {
        path: `${TURN}.type`,
        label: "Turns end",
        kind: "choice",
        options: [
          ["server_vad", "after a silence"],
          ["semantic_vad", "when you seem done"],
          ["", "when I say so"],
        ],
      },
      {
        path: `${TURN}.threshold`,
        label: "Threshold (0 to 1)",
        kind: "number",
        step: 0.05,
        min: 0,
        max: 1,
        when: ["server_vad"],
        initial: 0.5,
      },
      {
        path: `${TURN}.prefix_padding_ms`,
        label: "Kept from before, ms",
        kind: "number",
        min: 0,
        when: ["server_vad"],
        initial: 300,
      },
      {
        path: `${TURN}.silence_duration_ms`,
        label: "Silence that ends it, ms",
        kind: "number",
        min: 0,
        when: ["server_vad"],
        initial: 500,
      },
      {
        path: `${TURN}.idle_timeout_ms`,
        label: "Ask again after, ms",
        kind: "number",
        min: 5000,
        max: 30_000,
        optional: true,
        when: ["server_vad"],
        initial: null,
      },
      {
        path: `${TURN}.eagerness`,
        label: "Eagerness",
        kind: "choice",
        options: ["auto", "low", "medium", "high"].map((name) => [name, name]),
        when: ["semantic_vad"],
        initial: "auto",
      },
      {
        path: `${TURN}.create_response`,
        label: "Answer by itself",
        kind: "check",
        when: ["server_vad", "semantic_vad"],
        initial: true,
      },
      {
        path: `${TURN}.interrupt_response`,
        label: "Speech interrupts",
        kind: "check",
        when: ["server_vad", "semantic_vad"],
        initial: true,
      },
    ],
    of: `${TURN}.type`,
  },
  {
    title: "Your sound",
    fields: [
      {
        path: `${NOISE}.type`,
        label: "Noise reduction",
        kind: "choice",
        options: [
          ["", "off"],
          ["near_field", "near the microphone"],
          ["far_field", "far from it"],
        ],
      },
      { path: "audio.input.format.type", label: "Sent as", kind: "choice", options: FORMATS },
      { path: "audio.output.format.type", label: "Answered as", kind: "choice", options: FORMATS },
    ],
  },
  {
    title: "Transcript of your speech",
    fields: [
      {
        path: `${HEARD}.model`,
        label: "Model; empty for no transcript",
        kind: "word",
        optional: true,
      },
      { path: `${HEARD}.language`, label: "Language, as in en", kind: "word", optional: true },
      {
        path: `${HEARD}.prompt`,
        label: "Words to expect",
        kind: "word",
        optional: true,
        wide: true,
      },
    ],
  },
  {
    title: "Tools",
    fields: [
      {
        path: "tool_choice",
        label: "The model calls one",
        kind: "choice",
        options: [
          ["auto", "if it likes"],
          ["required", "always"],
          ["none", "never"],
        ],
      },
      { path: "tools", label: "Functions, as a JSON array", kind: "json", wide: true },
    ],
  },
];

/** Objects that are replaced as a whole, or are null, by which of their members they are there. */
export const WHOLES = { [TURN]: "type", [NOISE]: "type", [HEARD]: "model" };

export const EXAMPLE_TOOL = [
  {
    type: "function",
    name: "get_weather",
    description: "Tells the weather at a place.",
    parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
  },
];
