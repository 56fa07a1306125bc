/** A session over WebRTC: sound travels in tracks, events on the data channel `oai-events`. */
import { BASE, mint, refuse } from "./server.js";

const RATE = 24_000;
const LASTING_LOSS = ["failed", "closed"];

/** Open one, saying what `track` gives, if anything.  Raises Error, and TypeError with no network. */
export async function openCall({ model, track, loudspeaker, received, closed }) {
  const peer = new RTCPeerConnection();
  const call = new Call(peer, track, loudspeaker, closed);
  const channel = peer.createDataChannel("oai-events");
  channel.onmessage = ({ data }) => received(JSON.parse(data));
  channel.onclose = () => call.end("The call has ended.");
  call.channel = channel;
  try {
    await peer.setLocalDescription(await peer.createOffer());
    await peer.setRemoteDescription({ type: "answer", sdp: await answered(peer, model) });
  } catch (error) {
    call.ended = true;
    peer.close();
    throw error;
  }
  return call;
}

/** The server's answer to what the peer offers. */
async function answered(peer, model) {
  const answer = await fetch(`${BASE}/realtime/calls`, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${await mint(model)}` },
    body: peer.localDescription.sdp,
  });
  await refuse(answer);
  return answer.text();
}

class Call {
  transport = "webrtc";

  constructor(peer, track, loudspeaker, closed) {
    this.peer = peer;
    this.track = track;
    this.closed = closed;
    this.ended = false;
    this.sender = peer.addTransceiver(track ?? "audio", { direction: "sendrecv" }).sender;
    peer.ontrack = ({ streams, track: remote }) =>
      this.#play(loudspeaker, streams[0] ?? new MediaStream([remote]));
    peer.onconnectionstatechange = () => {
      if (LASTING_LOSS.includes(peer.connectionState)) this.end("The call was lost.");
    };
  }

  send(event) {
    if (this.channel.readyState === "open") this.channel.send(JSON.stringify(event));
  }

  close() {
    this.end("");
  }

  /** Say samples (24 kHz s16) in place of the microphone; `ended` is told when they are over. */
  async say(samples, ended) {
    this.context ??= new AudioContext({ sampleRate: RATE });
    await this.context.resume();
    const sound = this.context.createBuffer(1, samples.length, RATE);
    sound.copyToChannel(
      Float32Array.from(samples, (sample) => sample / 32_768),
      0,
    );
    const source = new AudioBufferSourceNode(this.context, { buffer: sound });
    const way = this.context.createMediaStreamDestination();
    source.connect(way);
    await this.sender.replaceTrack(way.stream.getAudioTracks()[0]);
    source.onended = async () => {
      if (this.track && !this.ended) await this.sender.replaceTrack(this.track);
      ended();
    };
    source.start();
  }

  end(reason) {
    if (this.ended) return;
    this.ended = true;
    this.channel.close();
    this.peer.close();
    this.context?.close();
    this.meter?.close();
    this.closed(reason);
  }

  /** A media element plays it; an analyser beside it shows it. */
  #play(loudspeaker, stream) {
    loudspeaker.srcObject = stream;
    this.meter = new AudioContext();
    this.analyser = new AnalyserNode(this.meter, { fftSize: 1024 });
    this.meter.createMediaStreamSource(stream).connect(this.analyser);
  }
}
