// Plays one scene with the stock client against a server, and writes down every event both ways.
//
//   node scene.mjs ws|websocket SCENE BASE_URL [SOUND]
//
// SOUND is a file of s16 samples at 24 kHz.  Each line of stdout is {"side": …, "event": …}.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import OpenAI from "openai";

const PIECE_BYTES = 4800; // 100 ms
const PATIENCE_MS = 30_000;
const WEATHER = {
  type: "function",
  name: "get_weather",
  description: "Tells the weather.",
  parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
};

/** The client's two classes: on the package `ws`, and on the WebSocket of the platform. */
const CLASSES = {
  ws: async () => (await import("openai/realtime/ws")).OpenAIRealtimeWS,
  websocket: async () => (await import("openai/realtime/websocket")).OpenAIRealtimeWebSocket,
};

const SCENES = {
  async written({ send, until }) {
    send({ type: "conversation.item.create", item: message("How do you do?") });
    send({ type: "response.create", response: { output_modalities: ["text"] } });
    await until("response.done");
  },

  async spoken({ send, until }, sound) {
    const transcription = { model: "whisper-1" };
    send({ type: "session.update", session: session({ audio: { input: { transcription } } }) });
    for (let start = 0; start < sound.length; start += PIECE_BYTES) {
      const audio = sound.subarray(start, start + PIECE_BYTES).toString("base64");
      send({ type: "input_audio_buffer.append", audio });
    }
    await until("response.done");
  },

  async called({ send, until }) {
    send({ type: "session.update", session: session({ tools: [WEATHER] }) });
    send({ type: "conversation.item.create", item: message("Get me the weather, please.") });
    send({ type: "response.create" });
    const { call_id } = await until("response.function_call_arguments.done");
    await until("response.done");
    const item = { type: "function_call_output", call_id, output: "It rains." };
    send({ type: "conversation.item.create", item });
    send({ type: "response.create" });
    await until("response.done");
  },

  async cancelled({ send, until }) {
    send({ type: "response.create" });
    await until("response.output_audio.delta");
    send({ type: "response.cancel" });
    await until("response.done");
  },
};

function message(text) {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

function session(fields) {
  return { type: "realtime", ...fields };
}

function note(side, event) {
  process.stdout.write(JSON.stringify({ side, event }) + "\n");
}

/** A watched connection: `send` an event, and wait `until` the next one of a type. */
async function connect(kind, baseURL) {
  const Realtime = await CLASSES[kind]();
  const openai = new OpenAI({ apiKey: "sk-anything", baseURL, dangerouslyAllowBrowser: true });
  const realtime = new Realtime({ model: "gpt-realtime", dangerouslyAllowBrowser: true }, openai);
  const told = [];
  let wake;
  realtime.on("event", (event) => {
    note("server", event);
    told.push(event);
    wake?.();
  });
  realtime.on("error", (error) => {
    if (!error.error) throw error; // what the server says of itself has been noted
  });
  const until = async (type) => {
    for (;;) {
      while (told.length) {
        const event = told.shift();
        if (event.type === type) return event;
      }
      await new Promise((resolve) => (wake = resolve));
    }
  };
  const send = (event) => {
    note("client", event);
    realtime.send(event);
  };
  const closed = once(realtime.socket, "close");
  const close = async () => {
    realtime.close();
    await closed;
  };
  await until("session.created");
  return { send, until, close };
}

const [kind, scene, baseURL, sound] = process.argv.slice(2);
setTimeout(() => {
  throw new Error("the scene takes too long");
}, PATIENCE_MS).unref();
const connection = await connect(kind, baseURL);
await SCENES[scene](connection, sound && readFileSync(sound));
await connection.close();
