/** What both sides have said, as it comes; and the answers that tools wait for. */
const WHO = { user: "You", assistant: "Agent", system: "System" };

export class Transcript {
  /** `answer(callId, output)` is called with what a person types for a tool. */
  constructor(place, answer) {
    this.place = place;
    this.answer = answer;
    this.welcome = place.querySelector("#welcome");
    this.shown = new Map(); // elements by item
  }

  clear() {
    this.shown.clear();
    this.place.replaceChildren(this.welcome);
    this.welcome.hidden = false;
  }

  received(event) {
    switch (event.type) {
      case "conversation.item.added":
        return this.#add(event.item, event.previous_item_id);
      case "conversation.item.input_audio_transcription.delta":
        return this.#write(event.item_id, event.delta);
      case "conversation.item.input_audio_transcription.completed":
        return this.#rewrite(event.item_id, event.transcript || "(nothing understood)");
      case "conversation.item.input_audio_transcription.failed":
        return this.#note(event.item_id, event.error.message);
      case "response.output_text.delta":
      case "response.output_audio_transcript.delta":
        return this.#write(event.item_id, event.delta);
      case "response.function_call_arguments.done":
        return this.#called(event);
      case "conversation.item.truncated":
        return this.#note(event.item_id, `heard until ${(event.audio_end_ms / 1000).toFixed(1)} s`);
      case "conversation.item.deleted":
        return this.shown.get(event.item_id)?.remove();
      case "response.done":
        return this.#done(event.response);
      default:
    }
  }

  #add(item, previous) {
    if (this.shown.has(item.id)) return;
    this.welcome.hidden = true;
    if (item.type === "message") this.#put(item.id, message(item), previous);
    if (item.type === "function_call_output")
      this.#put(item.id, tool("answered", item.output), previous);
    if (item.type === "function_call")
      this.#put(item.id, tool(`calls ${item.name}`, item.arguments), previous);
  }

  #put(id, element, previous) {
    const atEnd = this.place.scrollHeight - this.place.scrollTop - this.place.clientHeight < 80;
    this.shown.set(id, element);
    const before = this.shown.get(previous);
    if (before) before.after(element);
    else this.place.append(element);
    if (atEnd) this.#scroll();
  }

  #scroll() {
    this.place.scrollTop = this.place.scrollHeight;
  }

  #write(id, text) {
    const shown = this.shown.get(id);
    if (!shown) return;
    const line = shown.querySelector("p");
    if (shown.classList.contains("pending")) line.textContent = "";
    shown.classList.remove("pending");
    line.textContent += text;
    this.#scroll();
  }

  #rewrite(id, text) {
    const line = this.shown.get(id)?.querySelector("p");
    if (line) line.textContent = "";
    this.#write(id, text);
  }

  #note(id, text) {
    const note = this.shown.get(id)?.querySelector(".note");
    if (note) note.textContent = text;
  }

  #done({ output, status, status_details: details }) {
    if (status === "completed") return;
    const why = details?.error?.message ?? details?.reason ?? "";
    const text = why ? `${status}: ${why.replaceAll("_", " ")}` : status;
    for (const { id } of output) this.#note(id, text);
  }

  /** Ask a person for what the tool gives back. */
  #called({ item_id, call_id, arguments: given }) {
    const shown = this.shown.get(item_id);
    if (!shown) return;
    shown.querySelector("code").textContent = given;
    const form = document.createElement("form");
    const label = document.createElement("label");
    const input = document.createElement("input");
    const send = document.createElement("button");
    input.setAttribute("aria-label", "What the tool answers");
    input.placeholder = "What the tool answers";
    send.textContent = "Answer";
    label.append(input);
    form.append(label, send);
    form.onsubmit = (submitted) => {
      submitted.preventDefault();
      form.remove();
      this.answer(call_id, input.value);
    };
    shown.append(form);
    this.#scroll();
  }
}

function message(item) {
  const shown = frame(item.role, WHO[item.role]);
  const line = document.createElement("p");
  for (const { image_url: picture, text, transcript } of item.content) {
    if (picture) shown.append(image(picture));
    line.textContent += text ?? transcript ?? "";
  }
  const isSpoken = item.role === "user" && item.content.some(({ type }) => type === "input_audio");
  if (isSpoken && !line.textContent) {
    shown.classList.add("pending");
    line.textContent = "…";
  }
  shown.append(line);
  return shown;
}

function tool(what, content) {
  const shown = frame("tool", "Tool");
  shown.querySelector(".note").textContent = what;
  const code = document.createElement("code");
  code.textContent = content;
  shown.append(code);
  return shown;
}

function frame(kind, name) {
  const shown = document.createElement("div");
  shown.className = `turn ${kind}`;
  const who = document.createElement("div");
  who.className = "who";
  const bold = document.createElement("b");
  bold.textContent = name;
  const note = document.createElement("span");
  note.className = "note";
  who.append(bold, note);
  shown.append(who);
  return shown;
}

function image(address) {
  const picture = document.createElement("img");
  picture.src = address;
  picture.alt = "The picture you sent";
  return picture;
}
