// rt-client: Azure's client for the first preview of the API.  It knows no event that came later,
// and breaks off at any other.  There is one VARIANT, `preview`.
import { RTClient } from "rt-client";
import {
  ERRAND,
  FORECAST,
  KEY,
  QUESTION,
  WEATHER,
  WHILE_BYTES,
  Witness,
  message,
  pieces,
  socketURL,
} from "./stage.mjs";

const DEPLOYMENT = "gpt-4o-realtime-preview";
const IN_WRITING = { modalities: ["text"], turn_detection: null };
const EQUIPPED = { ...IN_WRITING, tools: [{ type: "function", ...WEATHER }] };
const BY_EAR = {
  modalities: ["text", "audio"],
  turn_detection: { type: "server_vad", silence_duration_ms: 400 },
  input_audio_transcription: { model: "whisper-1" },
};

export function scenes(_variant, baseURL) {
  const played = (config, scene) => async (sound) => {
    const address = new URL(socketURL(baseURL));
    const client = new RTClient(address, { key: KEY }, { deployment: DEPLOYMENT });
    const witness = Object.assign(new Witness(), { reasons: [] });
    await client.configure(config);
    await scene(witness, client, sound);
    await client.clearAudio(); // which it cannot, once it was told what it does not know
    await client.close();
    return witness;
  };

  return {
    written: played(IN_WRITING, async (witness, client) => {
      await client.sendItem(message(QUESTION));
      await take(await client.generateResponse(), witness);
    }),

    spoken: played(BY_EAR, async (witness, client, sound) => {
      await speak(client, sound);
      const happenings = client.events();
      const said = await next(happenings, "input_audio");
      await take(await next(happenings, "response"), witness);
      await hear(said, witness);
    }),

    called: played(EQUIPPED, async (witness, client) => {
      await client.sendItem(message(ERRAND));
      await take(await client.generateResponse(), witness);
      const { callId: call_id } = witness;
      await client.sendItem({ type: "function_call_output", call_id, output: FORECAST });
      await take(await client.generateResponse(), witness);
    }),

    cancelled: played(BY_EAR, async (witness, client) => {
      await takeSome(await client.generateResponse(), witness);
    }),

    interrupted: played(BY_EAR, async (witness, client, sound) => {
      const first = take(await client.generateResponse(), witness);
      await witness.listen(WHILE_BYTES);
      await speak(client, sound);
      const happenings = client.events();
      await hear(await next(happenings, "input_audio"), witness);
      await first;
      await takeSome(await next(happenings, "response"), witness);
    }),
  };
}

async function speak(client, sound) {
  for (const piece of pieces(sound)) await client.sendAudio(new Uint8Array(piece));
}

/** The next thing that the client tells of, which has to be of a type. */
async function next(happenings, type) {
  const { value } = await happenings.next();
  if (value.type !== type) throw new Error(`${value.type} instead of ${type}`);
  return value;
}

async function hear(said, witness) {
  await said.waitForCompletion();
  witness.heard.push(said.transcription);
  witness.spoken = { start: said.audioStartMillis / 1000, end: said.audioEndMillis / 1000 };
}

/** Take in all that comes of an answer, to its end. */
async function take(response, witness) {
  for await (const item of response) {
    if (item.type === "function_call") {
      await item.waitForCompletion();
      witness.callId = item.callId;
      witness.calls.push(JSON.parse(item.arguments));
    } else {
      for await (const content of item) await takeContent(content, witness);
    }
  }
  witness.reasons.push(response.statusDetails?.reason);
}

/** Listen to an answer for a while, and cancel it. */
async function takeSome(response, witness) {
  const { value: item } = await response[Symbol.asyncIterator]().next();
  const { value: content } = await item[Symbol.asyncIterator]().next();
  const enough = witness.audioBytes + WHILE_BYTES;
  for await (const chunk of content.audioChunks()) {
    witness.listened(chunk.length);
    if (witness.audioBytes >= enough) break;
  }
  await response.cancel();
  await read(content.transcriptChunks(), witness);
  witness.reasons.push(response.statusDetails?.reason);
}

async function takeContent(content, witness) {
  if (content.type === "text") return read(content.textChunks(), witness);
  const reading = read(content.transcriptChunks(), witness);
  for await (const chunk of content.audioChunks()) witness.listened(chunk.length);
  return reading;
}

async function read(chunks, witness) {
  const place = witness.answers.push("") - 1;
  for await (const chunk of chunks) witness.answers[place] += chunk;
}
