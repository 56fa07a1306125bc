// openai-realtime-api: a published port of OpenAI's first reference client, for the beta shape.
// VARIANT `native` uses the WebSocket of the platform, `ws` the package of that name.
//
// Where the reference client throws at an event that it cannot place, the port tells it on stderr,
// and only in its debug mode; so that mode is on, without the rest of what it would tell.
import { RealtimeClient } from "openai-realtime-api";
import {
  ERRAND,
  FORECAST,
  KEY,
  QUESTION,
  SECOND_BYTES,
  WEATHER,
  WHILE_BYTES,
  Witness,
  fail,
  pieces,
  socketURL,
} from "./stage.mjs";

const HEARD_SAMPLES = WHILE_BYTES / 2;
const BY_HAND = { turn_detection: null };
const BY_EAR = { turn_detection: { type: "server_vad", silence_duration_ms: 400 } };
const IN_WRITING = { modalities: ["text"] };

console.log = () => {};

export function scenes(variant, baseURL) {
  if (variant === "ws") delete globalThis.WebSocket;
  const url = `${socketURL(baseURL)}/realtime`;

  const played =
    (sessionConfig, scene, hasTool = false) =>
    async (sound) => {
      const client = new RealtimeClient({ url, apiKey: KEY, debug: true, sessionConfig });
      const witness = new Witness();
      watch(client, witness);
      await client.connect();
      await client.waitForSessionCreated();
      if (hasTool) client.addTool(WEATHER, (given) => witness.calls.push(given) && FORECAST);
      await scene(witness, client, sound);
      note(client.conversation.getItems(), witness);
      client.disconnect();
      return witness;
    };

  return {
    written: played(IN_WRITING, async (witness, client) => {
      ask(client, QUESTION);
      await witness.until("response.done");
    }),

    spoken: played(BY_EAR, async (witness, client, sound) => {
      speak(client, sound);
      await witness.until("conversation.item.input_audio_transcription.completed");
      await witness.until("response.done");
      // It cuts its own recording by the times that it is told.
      const [{ formatted }] = client.conversation.getItems();
      const kept = Buffer.from(formatted.audio.buffer);
      const start = sound.indexOf(kept);
      witness.spoken.start = start / SECOND_BYTES;
      witness.spoken.end = (start + kept.length) / SECOND_BYTES;
    }),

    called: played(
      IN_WRITING,
      async (witness, client) => {
        ask(client, ERRAND);
        await witness.until("response.done", 2);
      },
      true,
    ),

    cancelled: played(BY_HAND, async (witness, client) => {
      client.createResponse();
      await witness.listen(WHILE_BYTES);
      client.cancelResponse(client.conversation.getItems()[0].id, HEARD_SAMPLES);
      await witness.until("response.done");
      await witness.until("conversation.item.truncated");
    }),

    interrupted: played(BY_EAR, async (witness, client, sound) => {
      client.createResponse();
      await witness.listen(WHILE_BYTES);
      const [{ id }] = client.conversation.getItems();
      // What the reference client's example does, though its server has stopped the answer already.
      witness.tolerated = "response_cancel_not_active";
      client.on("conversation.interrupted", () => client.cancelResponse(id, HEARD_SAMPLES));
      speak(client, sound.subarray(0, SECOND_BYTES));
      await witness.until("conversation.item.truncated");
      speak(client, sound.subarray(SECOND_BYTES));
      await witness.until("conversation.item.input_audio_transcription.completed");
      await witness.listen(WHILE_BYTES); // of the next answer
      client.cancelResponse();
      await witness.until("response.done", 2);
    }),

    pushed: played(BY_HAND, async (witness, client, sound) => {
      speak(client, sound);
      client.createResponse();
      await witness.until("conversation.item.input_audio_transcription.completed");
      await witness.until("response.done");
    }),
  };
}

function watch(client, witness) {
  client.on("conversation.updated", ({ delta }) => {
    if (delta?.audio) witness.listened(delta.audio.byteLength);
  });
  client.on("realtime.event", ({ source, event }) => {
    if (source === "server") witness.saw(event.type);
  });
  client.realtime.on("server.error", ({ error }) => {
    if (error.code !== witness.tolerated) fail(error);
  });
}

/** Note what a user interface shows of a conversation. */
function note(items, witness) {
  for (const { role, content, formatted } of items) {
    if (role === "assistant") {
      witness.answers.push(formatted.text || content[0].transcript);
      witness.leftBytes ??= formatted.audio.byteLength;
    }
    // Both places are written when a transcript comes; the original throws where one is missing.
    if (formatted.transcript && role === "user") witness.heard.push(content[0].transcript);
  }
}

function ask(client, text) {
  client.sendUserMessageContent([{ type: "input_text", text }]);
}

function speak(client, sound) {
  for (const piece of pieces(sound)) client.appendInputAudio(new Int16Array(piece));
}
