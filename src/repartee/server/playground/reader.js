/** Reads a recording beside the page, which stays awake meanwhile. */
import { inspected } from "./reading.js";

addEventListener("message", async ({ data: file }) => {
  try {
    const { inspection, tracks, events } = await inspected(file, (share) => postMessage({ share }));
    const [user, agent] = [tracks.user, tracks.agent].map(({ blocks, ...track }, n) => ({
      blocks,
      end: track.end,
      peaks: (n ? tracks.agent : tracks.user).peaks(),
    }));
    const speech = Float64Array.from(tracks.speech);
    const sound = [...user.blocks, ...agent.blocks].filter(Boolean).map(({ buffer }) => buffer);
    const given = [...sound, user.peaks.buffer, agent.peaks.buffer, speech.buffer];
    postMessage({ recording: { inspection, events, user, agent, speech } }, given);
  } catch (error) {
    postMessage({ fault: error.message });
  }
});
