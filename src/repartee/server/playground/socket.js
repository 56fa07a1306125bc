/** A session over a WebSocket: sound travels in events. */
import { BASE, key } from "./server.js";

const KEY_PROTOCOL = "openai-insecure-api-key."; // a browser cannot set headers on a WebSocket

/** Open one.  Raises Error where the key cannot be sent. */
export function openSocket({ model, received, closed }) {
  const address = new URL(`${BASE}/realtime`.replace(/^http/, "ws"));
  address.searchParams.set("model", model);
  const protocols = ["realtime", ...(key.get() ? [KEY_PROTOCOL + key.get()] : [])];
  const socket = new WebSocket(address, protocols);
  socket.onmessage = ({ data }) => received(JSON.parse(data));
  socket.onclose = ({ code, reason }) => closed(explain(code, reason));
  return {
    transport: "websocket",
    send: (event) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(event)),
    close: () => socket.close(1000),
  };
}

/** Why a session ended; nothing where that was asked for. */
function explain(code, reason) {
  if (code === 1000) return "";
  if (code === 1006) return "The connection was lost, or the server refused it.";
  return `The server closed the connection (${code}${reason ? `, ${reason}` : ""}).`;
}
