/** How like speech the user's sound is, as the server's voice activity detector has it. */
import { BASE, credentials, key } from "./server.js";

/** Watch a session until it ends; `told` is called with [[endMs, probability], ...]. */
export async function watch(session, told) {
  if (key.get().startsWith("ek_")) return; // which opens sessions, and no more
  const address = `${BASE}/playground/sessions/${session}/speech`;
  const answer = await fetch(address, { headers: credentials() });
  if (!answer.ok) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let unread = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (unread + value).split("\n\n");
    unread = events.pop();
    for (const event of events) told(JSON.parse(event.slice("data: ".length)));
  }
}
