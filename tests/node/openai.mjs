// openai-node.  VARIANT is the module of one of its classes, such as `beta/realtime/ws`; with
// `azure:` before it, the class is used as Azure has it.
import { once } from "node:events";
import OpenAI, { AzureOpenAI } from "openai";
import {
  ERRAND,
  FORECAST,
  KEY,
  QUESTION,
  WEATHER,
  WHILE_BYTES,
  Witness,
  fail,
  message,
  pieces,
} from "./stage.mjs";

const HEARD_MS = 500;
const TRANSCRIPTION = { model: "whisper-1" };
const TOOLS = [{ type: "function", ...WEATHER }];

// What differs between the two shapes of the API.
const GA = {
  model: "gpt-realtime",
  transcribed: { type: "realtime", audio: { input: { transcription: TRANSCRIPTION } } },
  equipped: { type: "realtime", tools: TOOLS },
  inWriting: { output_modalities: ["text"] },
  sound: "response.output_audio.delta",
};
const BETA = {
  model: "gpt-4o-realtime-preview",
  transcribed: { input_audio_transcription: TRANSCRIPTION },
  equipped: { tools: TOOLS },
  inWriting: { modalities: ["text"] },
  sound: "response.audio.delta",
};

export function scenes(variant, baseURL) {
  const shape = variant.includes("beta") ? BETA : GA;

  const played = (scene, target = { model: shape.model }) => async (sound) => {
    const realtime = await opened(variant, target, baseURL);
    const witness = await watched(realtime, shape.sound);
    await scene(witness, (event) => realtime.send(event), sound);
    const closed = once(realtime.socket, "close");
    realtime.close();
    await closed;
    return witness;
  };

  return {
    written: played(async (witness, send) => {
      send({ type: "conversation.item.create", item: message(QUESTION) });
      send({ type: "response.create", response: shape.inWriting });
      await witness.until("response.done");
    }),

    spoken: played(async (witness, send, sound) => {
      send({ type: "session.update", session: shape.transcribed });
      speak(send, sound);
      await witness.until("conversation.item.input_audio_transcription.completed");
      await witness.until("response.done");
    }),

    called: played(async (witness, send) => {
      send({ type: "session.update", session: shape.equipped });
      send({ type: "conversation.item.create", item: message(ERRAND) });
      send({ type: "response.create" });
      await witness.until("response.done");
      const item = { type: "function_call_output", call_id: witness.callId, output: FORECAST };
      send({ type: "conversation.item.create", item });
      send({ type: "response.create" });
      await witness.until("response.done", 2);
    }),

    cancelled: played(async (witness, send) => {
      send({ type: "response.create" });
      await witness.listen(WHILE_BYTES);
      send({ type: "response.cancel" });
      await witness.until("response.done");
    }),

    interrupted: played(async (witness, send, sound) => {
      send({ type: "session.update", session: shape.transcribed });
      send({ type: "response.create" });
      await witness.listen(WHILE_BYTES);
      const item_id = witness.itemId;
      speak(send, sound);
      await witness.until("response.done");
      const cut = { item_id, content_index: 0, audio_end_ms: HEARD_MS };
      send({ type: "conversation.item.truncate", ...cut });
      await witness.until("conversation.item.truncated");
      send({ type: "conversation.item.retrieve", item_id });
      await witness.until("conversation.item.retrieved");
      await witness.until("conversation.item.input_audio_transcription.completed");
      await witness.listen(WHILE_BYTES); // of the next answer
      send({ type: "response.cancel" });
      await witness.until("response.done", 2);
    }),

    transcribed: played(
      async (witness, send, sound) => {
        const input = { transcription: TRANSCRIPTION };
        send({ type: "session.update", session: { type: "transcription", audio: { input } } });
        speak(send, sound);
        await witness.until("conversation.item.input_audio_transcription.completed");
      },
      { intent: "transcription" },
    ),
  };
}

async function watched(realtime, sound) {
  const witness = Object.assign(new Witness(), { reasons: [] });
  realtime.on(sound, ({ item_id, delta }) => {
    witness.itemId = item_id;
    witness.listened(Buffer.from(delta, "base64").length);
  });
  realtime.on("response.done", ({ response }) => {
    for (const item of response.output) noteItem(witness, item);
    witness.reasons.push(response.status_details?.reason);
  });
  realtime.on("conversation.item.input_audio_transcription.completed", ({ transcript }) =>
    witness.heard.push(transcript),
  );
  realtime.on("input_audio_buffer.speech_started", ({ audio_start_ms }) => {
    witness.spoken.start = audio_start_ms / 1000;
  });
  realtime.on("input_audio_buffer.speech_stopped", ({ audio_end_ms }) => {
    witness.spoken.end = audio_end_ms / 1000;
  });
  realtime.on("conversation.item.retrieved", ({ item }) => {
    witness.leftBytes = Buffer.from(item.content[0].audio, "base64").length;
  });
  realtime.on("error", fail);
  // The client tells of every event before it tells of it by its name.
  realtime.on("event", ({ type }) => queueMicrotask(() => witness.saw(type)));
  await witness.until("session.created");
  return witness;
}

async function opened(variant, target, baseURL) {
  const [path, host] = variant.split(":").reverse();
  const module = await import(`openai/${path}`);
  const Realtime = module.OpenAIRealtimeWS ?? module.OpenAIRealtimeWebSocket;
  if (host === "azure") {
    const options = { apiKey: KEY, endpoint: baseURL, apiVersion: "2024-10-01-preview" };
    return Realtime.azure(new AzureOpenAI(options), { deploymentName: target.model });
  }
  return new Realtime(target, new OpenAI({ apiKey: KEY, baseURL }));
}

function noteItem(witness, item) {
  if (item.type === "function_call") {
    witness.callId = item.call_id;
    witness.calls.push(JSON.parse(item.arguments));
  } else {
    witness.answers.push(...item.content.map(({ text, transcript }) => text ?? transcript));
  }
}

function speak(send, sound) {
  for (const piece of pieces(sound)) {
    send({ type: "input_audio_buffer.append", audio: Buffer.from(piece).toString("base64") });
  }
}
