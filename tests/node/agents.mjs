// @openai/agents-realtime: an agent and its session, by WebSocket.  VARIANT `defaults` is a session
// as it comes, `configured` one that asks for something else wherever it can.
import { RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { z } from "zod";
import {
  ERRAND,
  FORECAST,
  KEY,
  QUESTION,
  WEATHER,
  WHILE_BYTES,
  Witness,
  fail,
  pieces,
  socketURL,
} from "./stage.mjs";

const MODEL = "gpt-realtime";
const OPTIONS = {
  defaults: {},
  configured: {
    tracingDisabled: true,
    historyStoreAudio: true,
    config: {
      audio: {
        input: {
          transcription: { model: "whisper-1", language: "en" },
          turnDetection: { type: "server_vad", silenceDurationMs: 400, interruptResponse: true },
        },
        output: { voice: "cedar" },
      },
    },
  },
};

export function scenes(variant, baseURL) {
  const url = `${socketURL(baseURL)}/realtime?model=${MODEL}`;

  const played =
    (scene, hasTool = false) =>
    async (sound) => {
      const witness = new Witness();
      const agent = new RealtimeAgent({ name: "Host", tools: hasTool ? [weather(witness)] : [] });
      const options = { transport: "websocket", ...OPTIONS[variant] };
      const session = new RealtimeSession(agent, options);
      watch(session, witness);
      await session.connect({ apiKey: KEY, url });
      await scene(witness, session, sound);
      session.close();
      return witness;
    };

  return {
    written: played(async (witness, session) => {
      session.sendMessage(QUESTION);
      await witness.until("agent_end");
    }),

    spoken: played(async (witness, session, sound) => {
      speak(session, sound);
      await witness.until("conversation.item.retrieved"); // with what was said
      await witness.until("agent_end");
    }),

    called: played(
      async (witness, session) => {
        session.sendMessage(ERRAND);
        await witness.until("agent_end", 2);
      },
      true,
    ),

    cancelled: played(async (witness, session) => {
      session.sendMessage(QUESTION);
      await witness.listen(WHILE_BYTES);
      session.interrupt();
      await witness.until("agent_end");
      await witness.until("conversation.item.retrieved"); // what is left of the answer
    }),

    interrupted: played(async (witness, session, sound) => {
      session.sendMessage(QUESTION);
      await witness.listen(WHILE_BYTES);
      speak(session, sound);
      await witness.until("audio_interrupted");
      await witness.until("conversation.item.retrieved", 2); // what is left, and what was said
      await witness.until("agent_start", 2);
      await witness.listen(WHILE_BYTES);
      session.interrupt();
      await witness.until("agent_end", 2);
      await witness.until("conversation.item.retrieved", 3);
    }),
  };
}

function weather(witness) {
  const execute = (given) => {
    witness.calls.push(given);
    return FORECAST;
  };
  return tool({ ...WEATHER, parameters: z.object({ place: z.string() }), execute });
}

function watch(session, witness) {
  session.on("agent_end", (_context, _agent, said) => said && witness.answers.push(said));
  session.on("audio", ({ data }) => witness.listened(data.byteLength));
  session.on("history_updated", (history) => {
    witness.history = history;
    witness.heard = history
      .filter(({ type, role }) => type === "message" && role === "user")
      .flatMap(({ content }) => content.map(({ transcript }) => transcript).filter(Boolean));
  });
  session.on("error", fail);
  for (const name of ["agent_start", "agent_end", "audio_interrupted"]) {
    session.on(name, () => witness.saw(name));
  }
  session.on("transport_event", (event) => {
    note(event, witness);
    // The session tells of an event before it changes its history.
    queueMicrotask(() => witness.saw(event.type));
  });
}

/** Note what the session itself does not show. */
function note({ type, item, audio_start_ms, audio_end_ms }, witness) {
  if (type === "input_audio_buffer.speech_started") witness.spoken.start = audio_start_ms / 1000;
  if (type === "input_audio_buffer.speech_stopped") witness.spoken.end = audio_end_ms / 1000;
  if (type === "conversation.item.retrieved" && item.role === "assistant") {
    witness.leftBytes ??= Buffer.from(item.content[0].audio, "base64").length;
  }
}

function speak(session, sound) {
  for (const piece of pieces(sound)) session.sendAudio(piece);
}
