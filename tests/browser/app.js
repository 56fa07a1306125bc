// What an app does to talk over WebRTC: by hand as the API's guide has it, and with stock clients.
// Each opens a session with an ephemeral key, and gives {send, hangUp}.
const FORECAST = "It rains.";
const WEATHER = {
  name: "get_weather",
  description: "Tells the weather.",
  parameters: {
    type: "object",
    properties: { place: { type: "string" } },
    required: ["place"],
    additionalProperties: true,
  },
};
const MODEL = "gpt-realtime";

const sounds = (stream) => {
  document.querySelector("#loudspeaker").srcObject = stream;
};

/** A key, which a server of the app's would have asked for. */
async function minted(url) {
  const answer = await fetch(`${url}/realtime/client_secrets`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ session: { type: "realtime", model: MODEL } }),
  });
  return (await answer.json()).value;
}

/** The server's SDP answer. */
async function answered(url, key, sdp) {
  const answer = await fetch(`${url}/realtime/calls`, {
    method: "POST",
    body: sdp,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/sdp" },
  });
  return answer.text();
}

export const apps = {
  async guide(url) {
    const key = await minted(url);
    const peer = new RTCPeerConnection();
    peer.ontrack = ({ streams }) => sounds(streams[0]);
    const voice = await navigator.mediaDevices.getUserMedia({ audio: true });
    peer.addTrack(voice.getTracks()[0]);
    const channel = peer.createDataChannel("oai-events");
    const open = new Promise((resolve) => channel.addEventListener("open", resolve));
    await peer.setLocalDescription(await peer.createOffer());
    const sdp = await answered(url, key, peer.localDescription.sdp);
    await peer.setRemoteDescription({ type: "answer", sdp });
    await open;
    return { send: (event) => channel.send(JSON.stringify(event)), hangUp: () => peer.close() };
  },

  async openai(url) {
    const { OpenAIRealtimeWebRTC } = await import("./modules/openai/realtime/webrtc.mjs");
    const key = await minted(url);
    const connection = new OpenAIRealtimeWebRTC();
    connection.peerConnection.ontrack = ({ streams }) => sounds(streams[0]);
    const voice = await navigator.mediaDevices.getUserMedia({ audio: true });
    connection.peerConnection.addTrack(voice.getTracks()[0], voice);
    await connection.connect({ exchangeSdp: (sdp) => answered(url, key, sdp) });
    return { send: (event) => connection.send(event), hangUp: () => connection.close() };
  },

  async agents(url) {
    const module = "./modules/@openai/agents-realtime/dist/bundle/openai-realtime-agents.mjs";
    const { OpenAIRealtimeWebRTC, RealtimeAgent, RealtimeSession, tool } = await import(module);
    const audioElement = document.querySelector("#loudspeaker");
    const transport = new OpenAIRealtimeWebRTC({ baseUrl: `${url}/realtime/calls`, audioElement });
    const weather = tool({ ...WEATHER, strict: false, execute: () => FORECAST });
    const agent = new RealtimeAgent({ name: "Host", tools: [weather] });
    const session = new RealtimeSession(agent, { transport });
    await session.connect({ apiKey: await minted(url) });
    const send = (event) => transport.sendEvent(event);
    return { send, hangUp: () => session.close(), hasTool: true };
  },
};
