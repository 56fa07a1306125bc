/** A recording, read as a whole: its turns, its sound, and a line for everything else in it. */
import { HEAD, entries } from "./entries.js";
import { brief } from "./events.js";
import { Follower } from "./follower.js";
import { Tracks } from "./tracks.js";

const SOUND = [
  ...["input_audio_buffer.append", "response.output_audio.delta", "response.audio.delta"],
  ...["Sounded", "Hear", "Play"],
];
const TEXTS = ["opening", "heard", "fact", "asked", "spent", "broken"]; // with JSON beside the blob
const SEEN = ["client", "said", "fact", "asked"];

/**
 * {inspection, tracks, events} of a Blob; `told` hears of each piece that is read how far it is, from 0
 * to 1.  An event is {kind, type, at, isSound, brief, from, to}: when, in seconds of the session, and
 * where in the file its JSON stands.  Raises NotARecording.
 */
export async function inspected(file, told = () => {}) {
  const tracks = new Tracks();
  const follower = new Follower(tracks);
  const events = [];
  let next = 0;
  for await (const entry of entries(file)) {
    const content = entry.damaged ? null : contentOf(entry);
    follower.take(entry, content);
    if (SEEN.includes(entry.kind)) events.push(line(entry, content, follower.since));
    if (entry.offset >= next) {
      told(entry.offset / file.size);
      next = entry.offset + file.size / 100;
    }
  }
  return { inspection: follower.inspection(), tracks, events };
}

const decoder = new TextDecoder();

function contentOf({ kind, text, blob }) {
  if (kind === "left") return null;
  if (kind === "client") return clientsOf(blob);
  return JSON.parse(decoder.decode(TEXTS.includes(kind) ? text : blob));
}

/** What a client says may be anything. */
function clientsOf(blob) {
  try {
    const content = JSON.parse(decoder.decode(blob));
    if (typeof content?.type === "string") return content;
  } catch {
    // It is shown as it came.
  }
  return { type: "(no event)" };
}

function line({ kind, time, text, blob, offset }, content, since) {
  const isText = TEXTS.includes(kind);
  const from = offset + HEAD + (isText ? 0 : text.length);
  const type = content.type ?? content.name;
  const isSound = SOUND.includes(type);
  return {
    kind,
    type,
    at: time - since,
    isSound,
    brief: isSound ? "" : brief(content),
    from,
    to: from + (isText ? text : blob).length,
  };
}
