// Reads recordings as the playground does, and tells what it finds in each, a line of JSON a file.
import { readFile } from "node:fs/promises";

const page = new URL("../../src/repartee/server/playground/", import.meta.url);
const { inspected } = await import(new URL("reading.js", page));

for (const path of process.argv.slice(2)) {
  const { inspection, tracks, events } = await inspected(new Blob([await readFile(path)]));
  const loud = (track) => {
    const peaks = track.peaks();
    return [peaks.findIndex(Boolean), peaks.findLastIndex(Boolean) + 1];
  };
  const sound = { user: loud(tracks.user), agent: loud(tracks.agent) };
  const kinds = events.map(({ kind }) => kind);
  const frames = tracks.speech.length / 3;
  process.stdout.write(`${JSON.stringify({ inspection, sound, kinds, frames })}\n`);
}
