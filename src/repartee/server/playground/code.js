/** This session in the words of stock clients, to go on from. */
const KEY_NOTE = "The key is read from OPENAI_API_KEY; without keys any text will do.";

/** By name: {title, note, write({base, model, session})}; `session` is what was said beyond the defaults. */
export const LANGUAGES = {
  python: {
    title: "Python (openai)",
    note: `pip install "openai[realtime]". ${KEY_NOTE}`,
    write: python,
  },
  javascript: {
    title: "JavaScript (openai)",
    note: `npm install openai ws. ${KEY_NOTE} This client always speaks TLS: start the server with --tls-self-signed.`,
    write: javascript,
  },
  agents: {
    title: "JavaScript (agents)",
    note: `npm install @openai/agents-realtime zod. ${KEY_NOTE}`,
    write: agents,
  },
};

function python({ base, model, session }) {
  return `import os

from openai import OpenAI

client = OpenAI(base_url=${literal(base)}, api_key=os.environ.get("OPENAI_API_KEY", "none"))
with client.realtime.connect(model=${literal(model)}) as connection:
    connection.session.update(session=${pythonic(session, 1)})
    connection.conversation.item.create(
        item={
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Say hello!"}],
        }
    )
    connection.response.create()
    for event in connection:
        if event.type in ("response.output_text.delta", "response.output_audio_transcript.delta"):
            print(event.delta, end="", flush=True)
        elif event.type == "error":
            print(event.error.message)
        elif event.type == "response.done":
            break
`;
}

function javascript({ base, model, session }) {
  return `import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";

const client = new OpenAI({
  baseURL: ${literal(base)},
  apiKey: process.env.OPENAI_API_KEY ?? "none",
});
const connection = new OpenAIRealtimeWS({ model: ${literal(model)} }, client);
const show = (event) => process.stdout.write(event.delta);

connection.socket.on("open", () => {
  connection.send({
    type: "session.update",
    session: ${scripted(session, 2)},
  });
  connection.send({
    type: "conversation.item.create",
    item: {
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "Say hello!" }],
    },
  });
  connection.send({ type: "response.create" });
});
connection.on("response.output_text.delta", show);
connection.on("response.output_audio_transcript.delta", show);
connection.on("error", (error) => console.error(error.message));
connection.on("response.done", () => connection.close());
`;
}

function agents({ base, model, session }) {
  const { instructions = "", ...rest } = session;
  return `import { RealtimeAgent, RealtimeSession } from "@openai/agents-realtime";

const agent = new RealtimeAgent({ name: "Agent", instructions: ${literal(instructions)} });
const session = new RealtimeSession(agent, { transport: "websocket", model: ${literal(model)} });

session.on("transport_event", (event) => {
  if (event.type === "session.created") {
    session.transport.sendEvent({
      type: "session.update",
      session: ${scripted(rest, 3)},
    });
  }
});
session.on("agent_end", (_context, _agent, said) => {
  console.log(said);
  session.close();
});
session.on("error", ({ error }) => console.error(error));

await session.connect({
  apiKey: process.env.OPENAI_API_KEY ?? "none",
  url: ${literal(`${base.replace(/^http/, "ws")}/realtime?model=${encodeURIComponent(model)}`)},
});
session.sendMessage("Say hello!");
`;
}

function literal(text) {
  return JSON.stringify(text);
}

/** A value as a literal of Python, its further lines indented by so many levels of four. */
function pythonic(value, level) {
  return JSON.stringify(value, null, 4)
    .split(/("(?:[^"\\]|\\.)*")/) // strings stay as they are: JSON's are Python's, too
    .map((part, n) =>
      n % 2
        ? part
        : part
            .replace(/\btrue\b/g, "True")
            .replace(/\bfalse\b/g, "False")
            .replace(/\bnull\b/g, "None"),
    )
    .join("")
    .replaceAll("\n", `\n${"    ".repeat(level)}`);
}

/** The same as a literal of JavaScript, by levels of two, names without quotation marks. */
function scripted(value, level) {
  return JSON.stringify(value, null, 2)
    .replace(/^(\s*)"([a-z_]\w*)":/gm, "$1$2:")
    .replaceAll("\n", `\n${"  ".repeat(level)}`);
}
