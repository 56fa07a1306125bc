/** The microphone: asks for it, and gives its sound as 24 kHz mono s16 in pieces of 40 ms. */
export class Microphone {
  /** `hear` is called with each piece, an Int16Array of 960 samples. */
  constructor(hear) {
    this.hear = hear;
    this.stream = null;
  }

  get track() {
    return this.stream?.getAudioTracks()[0] ?? null;
  }

  get muted() {
    return this.track !== null && !this.track.enabled;
  }

  /** Silence goes on flowing: a server that waits for the end of a turn has to hear it. */
  set muted(muted) {
    if (this.track) this.track.enabled = !muted;
  }

  /** Raises what `getUserMedia` raises, where there is no microphone or no leave to use it. */
  async open() {
    if (!navigator.mediaDevices) {
      throw new Error("Browsers give a microphone to https and to localhost only.");
    }
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule(new URL("capture-worklet.js", import.meta.url));
    const capture = new AudioWorkletNode(this.context, "capture", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    capture.port.onmessage = ({ data }) => this.hear(data);
    this.context.createMediaStreamSource(this.stream).connect(capture);
    await this.context.resume();
  }

  close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.stream = null;
    this.context = null;
  }
}
