/** The session's settings as a form: filled from what the server says, sent as `session.update`. */
import { read, update } from "./configuration.js";
import { EXAMPLE_TOOL, GROUPS } from "./fields.js";

export class Settings {
  /** `send(said)` is called with what is to be changed. */
  constructor(form, send) {
    this.form = form;
    this.send = send;
    this.controls = new Map();
    this.session = null;
    form.append(...GROUPS.map((group) => this.#group(group)), this.#actions());
    form.oninput = () => this.#show();
    form.onsubmit = (submitted) => {
      submitted.preventDefault();
      this.#submit();
    };
    this.#enable(false);
  }

  /** The server says how the session is. */
  configured(session) {
    const unsaid = this.edited && this.session ? this.#values() : null;
    this.session = session;
    for (const [path, { field, control }] of this.controls)
      fill(field, control, read(session, path));
    this.edited = false;
    if (unsaid) this.#apply(unsaid);
    this.#enable(true);
    this.#show();
  }

  /** There is no session to say anything of. */
  closed() {
    this.#enable(false);
  }

  #group({ title, fields, of }) {
    const group = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = title;
    group.append(legend, ...fields.map((field) => this.#field({ ...field, of })));
    if (fields.some(({ kind }) => kind === "json")) group.append(this.#example());
    return group;
  }

  #field(field) {
    const label = document.createElement("label");
    const control = made(field);
    control.name = field.path;
    label.classList.toggle("wide", Boolean(field.wide));
    label.classList.toggle("check", field.kind === "check");
    label.append(...(field.kind === "check" ? [control, field.label] : [field.label, control]));
    if (field.suggestions) label.append(suggestions(control, field));
    this.controls.set(field.path, { field, control, label });
    return label;
  }

  #example() {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Put in an example";
    button.onclick = () => {
      this.controls.get("tools").control.value = JSON.stringify(EXAMPLE_TOOL, null, 2);
      this.#show();
    };
    return button;
  }

  #actions() {
    const actions = document.createElement("div");
    actions.className = "actions";
    this.button = document.createElement("button");
    this.button.className = "primary";
    this.button.textContent = "Update session";
    this.told = document.createElement("p");
    this.told.className = "hint";
    this.told.setAttribute("role", "status");
    actions.append(this.button, this.told);
    return actions;
  }

  #enable(open) {
    for (const group of this.form.querySelectorAll("fieldset")) group.disabled = !open;
    this.button.disabled = !open;
    this.told.textContent = open ? "" : "Connect, and the session's settings show here.";
  }

  /** Show what goes with the other choices, and whether anything is to be said. */
  #show() {
    for (const { field, label } of this.controls.values()) label.hidden = !this.#belongs(field);
    this.edited = this.session !== null && update(this.session, this.#safely()) !== null;
    if (this.session) this.#tell(this.edited ? "Not sent yet." : "The session is like this.");
  }

  #belongs({ when, of }) {
    return !when || when.includes(this.controls.get(of).control.value);
  }

  #values() {
    const shown = [...this.controls.values()].filter(({ field }) => this.#belongs(field));
    return Object.fromEntries(
      shown
        .map(({ field, control }) => [field.path, value(field, control)])
        .filter(([, each]) => each !== undefined),
    );
  }

  #safely() {
    try {
      return this.#values();
    } catch {
      return {}; // told when it is sent
    }
  }

  #apply(values) {
    for (const [path, each] of Object.entries(values)) {
      const { field, control } = this.controls.get(path);
      fill(field, control, each);
    }
  }

  #submit() {
    try {
      const said = update(this.session, this.#values());
      if (!said) return this.#tell("The session is like this already.");
      this.edited = false;
      this.send(said);
      return this.#tell("Sent.");
    } catch (error) {
      return this.#tell(`Tools: ${error.message}`, true);
    }
  }

  #tell(text, isFault = false) {
    this.told.textContent = text;
    this.told.className = isFault ? "fault" : "hint";
  }
}

function made({ kind, options, step, min, max, optional }) {
  const control = document.createElement(
    kind === "choice" ? "select" : kind === "text" || kind === "json" ? "textarea" : "input",
  );
  if (kind === "choice") control.append(...options.map(([each, title]) => new Option(title, each)));
  if (kind === "json") control.className = "code";
  if (kind === "check") control.type = "checkbox";
  if (kind === "number")
    Object.assign(control, {
      type: "number",
      step: step ?? 1,
      min: min ?? "",
      max: max ?? "",
      required: !optional,
    });
  control.spellcheck = kind === "text";
  return control;
}

function suggestions(control, { path, suggestions: words }) {
  const list = document.createElement("datalist");
  list.id = `suggested-${path.replaceAll(".", "-")}`;
  list.append(...words.map((word) => new Option(word)));
  control.setAttribute("list", list.id);
  return list;
}

function fill({ kind, initial }, control, there) {
  const shown = there ?? initial;
  if (kind === "check") control.checked = Boolean(shown);
  else if (kind === "json") control.value = JSON.stringify(there ?? [], null, 2);
  else
    control.value = typeof shown === "object" && shown !== null ? (shown.id ?? "") : (shown ?? "");
}

/** What a control says; undefined where that is nothing.  Raises SyntaxError for what is no JSON. */
function value({ kind, path, optional }, control) {
  const text = control.value.trim();
  if (kind === "check") return control.checked;
  if (kind === "json") return JSON.parse(text || "[]");
  if (kind === "number") return text === "" ? (optional ? null : undefined) : Number(text);
  if (path === "max_output_tokens" && text !== "inf") return Number(text);
  return text === "" && optional ? undefined : kind === "text" ? control.value : text;
}
