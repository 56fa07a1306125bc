/** Where the server is, what it has, and the key that it wants. */

/** The base URL of the API: the page stands beside it, whatever prefix a proxy puts before both. */
export const BASE = new URL("v1", document.baseURI).href;

const STORED = "repartee.key";

/** Kept for this tab only, and never part of an address. */
export const key = {
  get: () => sessionStorage.getItem(STORED) ?? "",
  set: (text) => (text ? sessionStorage.setItem(STORED, text) : sessionStorage.removeItem(STORED)),
};

/** The headers that show the key, where there is one. */
export function credentials(text = key.get()) {
  return text ? { Authorization: `Bearer ${text}` } : {};
}

/** What is served here: [paths]. */
export async function paths() {
  const answer = await fetch(new URL("../openapi.json", `${BASE}/`));
  return Object.keys((await answer.json()).paths);
}

/** The names of models that are listed; null where the key is missing or wrong. */
export async function models() {
  const answer = await fetch(`${BASE}/models`, { headers: credentials() });
  return answer.ok ? (await answer.json()).data.map(({ id }) => id) : null;
}

/** An ephemeral key for a session with this model.  Raises Error with the server's own words. */
export async function mint(model) {
  if (key.get().startsWith("ek_")) return key.get();
  const answer = await fetch(`${BASE}/realtime/client_secrets`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...credentials() },
    body: JSON.stringify({ session: { type: "realtime", model } }),
  });
  await refuse(answer);
  return (await answer.json()).value;
}

/** Raise what the server says of a request that it refused. */
export async function refuse(answer) {
  if (answer.ok) return;
  const told = await answer.json().catch(() => null);
  throw new Error(told?.error?.message ?? `The server answered ${answer.status}.`);
}
