/** What a recorded turn waited for, and what worked on it: from when to when, in ms since its zero. */
export const RECORDED_STAGES = [
  { name: "turn", title: "end of turn" },
  { name: "ears", title: "words" },
  { name: "mind", title: "model" },
  { name: "voice", title: "voice" },
  { name: "heard", title: "heard" },
];

export const KIND_TITLES = {
  spoken: "Spoken",
  pushed: "Pushed to talk",
  idle: "After a silence",
  asked: "Asked in writing",
  continued: "After a function's answer",
  aside: "Out of band",
  server: "By the server",
};

/** [{stage, waits, begins, ends}]: waiting until `begins`, work from there on. */
export function stagesOf({ moments: at }) {
  const rows = [
    [0, 0, at.stopped, at.stopped],
    [1, 0, Math.max(0, at.partial ?? at.transcribed), at.transcribed],
    [2, at.asked, at.text, at.text_end],
    [3, at.text ?? at.sound, at.sound, at.sound_end],
    [4, at.played, at.played, at.silent],
  ];
  return rows
    .filter(([, waits, begins, ends]) => [waits, begins, ends].every(Number.isFinite))
    .map(([stage, waits, begins, ends]) => ({ stage, waits, begins, ends }));
}

/** How long it took to the first sound, or whatever the client was told first. */
export function answeredIn({ moments: at }) {
  return at.sent ?? at.transcribed ?? at.stopped ?? null;
}

/** When a turn begins and ends, in seconds of the session. */
export function spanOf({ begun_s: zero, moments }) {
  const times = Object.values(moments);
  return [zero + Math.min(0, ...times) / 1000, zero + Math.max(0, ...times) / 1000];
}

/** Seconds as minutes: "1:02.345". */
export function clock(seconds, digits = 3) {
  const minutes = Math.floor(seconds / 60);
  const rest = (Math.floor((seconds - minutes * 60) * 10 ** digits + 1e-6) / 10 ** digits).toFixed(
    digits,
  );
  return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
}
