/** Reads a recording beside the page, which stays awake meanwhile. */
import { inspected } from "./reading.js";

addEventListener("message", async ({ data: file }) => {
  try {
    const { inspection, tracks, events } = await inspected(file, (share) => postMessage({ share }));
    const [user, agent] = [side(tracks.user), side(tracks.agent)];
    const speech = Float64Array.from(tracks.speech);
    // What is given away need not be copied.
    const blocks = [...user.blocks, ...agent.blocks].filter(Boolean);
    const given = [...blocks, user.peaks, agent.peaks, speech].map(({ buffer }) => buffer);
    postMessage({ recording: { inspection, events, user, agent, speech } }, given);
  } catch (error) {
    postMessage({ fault: error.message });
  }
});

function side(track) {
  return { blocks: track.blocks, end: track.end, peaks: track.peaks() };
}
