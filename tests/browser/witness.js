// In every page, before its own scripts: hears what it plays, and notes when the server says what.
(() => {
  const LOUD = 0.005; // root mean square: -46 dBFS
  const told = {}; // when each type of event came last, in performance.now()
  const types = {}; // how often each came
  const last = {}; // the last of each
  const sent = []; // events to the server, but for sound
  const state = {
    told,
    types,
    last,
    sent,
    firstLoud: null,
    lastLoud: null,
    loudPolls: 0,
    answers: "",
  };
  state.idle = () => types["response.done"] === types["response.created"];
  window.witness = state;

  function hear(node) {
    const analyser = new AnalyserNode(node.context, { fftSize: 256 });
    connect.call(node, analyser);
    const samples = new Float32Array(256);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0);
      if (Math.sqrt(power / samples.length) < LOUD) return;
      state.lastLoud = performance.now();
      state.firstLoud ??= state.lastLoud;
      state.loudPolls += 1;
    }, 10);
  }

  function note(text) {
    const event = JSON.parse(text);
    const { type, delta } = event;
    told[type] = performance.now();
    last[type] = event;
    types[type] = (types[type] ?? 0) + 1;
    if (type === "response.output_audio_transcript.delta") state.answers += delta;
  }

  function noteSent(text) {
    const event = JSON.parse(text);
    if (event.type !== "input_audio_buffer.append") sent.push(event);
  }

  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) hear(this);
    return connect.call(this, target, ...rest);
  };

  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => note(data));
    }
    send(text) {
      noteSent(text);
      super.send(text);
    }
  };

  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      this.addEventListener("track", ({ track }) => {
        const context = new AudioContext();
        hear(context.createMediaStreamSource(new MediaStream([track])));
      });
    }
    createDataChannel(...given) {
      const channel = super.createDataChannel(...given);
      channel.addEventListener("message", ({ data }) => note(data));
      const { send } = channel;
      channel.send = (text) => {
        noteSent(text);
        send.call(channel, text);
      };
      return channel;
    }
  };
})();
