import {
  type Element,
  type Node,
  ancestor,
  attribute,
  descendants,
  select,
  textOf,
} from "./html.ts";

/** What the browser sends when a form is submitted. */
export interface Submission {
  readonly method: "GET" | "POST";
  readonly action: URL;
  readonly fields: URLSearchParams;
  /** Of a form that sends files. */
  readonly multipart?: { readonly body: Buffer; readonly contentType: string };
}

/** A file that a person chose. */
export interface ChosenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a person types or ticks: text, the value of a radio or an option, or a box on or off. */
export type FieldValues = Readonly<Record<string, string | boolean>>;

/** A form of a page, filled as a person does: only fields that exist and can be edited. */
export class Form<Page> {
  readonly element: Element;
  readonly #root: Node;
  readonly #baseUrl: string;
  readonly #send: (submission: Submission) => Promise<Page>;
  readonly #typed = new Map<string, string | boolean>();
  readonly #forged: [string, string][] = [];
  readonly #files = new Map<string, ChosenFile>();

  constructor(
    element: Element,
    root: Node,
    baseUrl: string,
    send: (submission: Submission) => Promise<Page>,
  ) {
    this.element = element;
    this.#root = root;
    this.#baseUrl = baseUrl;
    this.#send = send;
  }

  /** The names of the fields and what they hold now, in the order they are sent. */
  get values(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#entries());
  }

  /** @throws Error when the form has no such field to edit, or no such choice */
  fill(values: FieldValues): this {
    for (const [name, value] of Object.entries(values)) {
      const controls = this.#controls().filter((control) => attribute(control, "name") === name);
      if (!controls.some((control) => accepts(control, value))) {
        throw new Error(`no field ${name} takes ${JSON.stringify(value)} in ${this.#describe()}`);
      }
      this.#typed.set(name, value);
    }
    return this;
  }

  /** Chooses a file. @throws Error when the form has no such field */
  attach(name: string, file: ChosenFile): this {
    const isField = (element: Element) =>
      typeOf(element) === "file" && attribute(element, "name") === name;
    if (!this.#elements().some(isField)) throw new Error(`no file ${name} in ${this.#describe()}`);
    this.#files.set(name, file);
    return this;
  }

  /** Adds a field that the page does not offer, as somebody who means ill would. */
  forge(fields: Readonly<Record<string, string>>): this {
    this.#forged.push(...Object.entries(fields));
    return this;
  }

  /**
   * Presses a button (its id, name or text), or the first one, as without JavaScript.
   * @throws Error when the form has no such button
   */
  submit(buttonNameOrText?: string): Promise<Page> {
    const buttons = this.#elements().filter(isSubmitButton);
    const button = buttons.find((each) => !buttonNameOrText || answersTo(each, buttonNameOrText));
    if (!button && buttonNameOrText) {
      throw new Error(`no button ${buttonNameOrText} in ${this.#describe()}`);
    }
    return this.#send(this.#submission(button));
  }

  /** Whether it has a button of that `#id`, name or text. */
  hasButton(idNameOrText: string): boolean {
    return this.#elements().some((each) => isSubmitButton(each) && answersTo(each, idNameOrText));
  }

  #submission(button: Element | undefined): Submission {
    const own = (name: string) =>
      (button && attribute(button, `form${name}`)) ?? attribute(this.element, name);
    const fields = new URLSearchParams([...this.#entries(), ...this.#forged]);
    const name = button && attribute(button, "name");
    if (button && name) fields.append(name, attribute(button, "value") ?? "");
    const method = own("method")?.toUpperCase() === "POST" ? "POST" : "GET";
    const action = new URL(own("action") ?? "", this.#baseUrl);
    if (own("enctype") !== "multipart/form-data") return { method, action, fields };
    return { method, action, fields, multipart: multipartBody(fields, this.#files) };
  }

  #entries(): [string, string][] {
    return this.#controls().flatMap((control) => {
      const name = attribute(control, "name") ?? "";
      const value = currentValue(control, this.#typed.get(name));
      return value === undefined ? [] : [[name, value.replace(/\r?\n/g, "\r\n")]];
    });
  }

  #controls(): Element[] {
    return this.#elements().filter(
      (element) =>
        ["input", "select", "textarea"].includes(element.tagName) &&
        !["submit", "button", "reset", "image", "file"].includes(typeOf(element)) &&
        Boolean(attribute(element, "name")) &&
        !isDisabled(element),
    );
  }

  #elements(): Element[] {
    const id = attribute(this.element, "id");
    return [...descendants(this.#root)].filter((element) => {
      const owner = attribute(element, "form");
      return owner === undefined ? ancestor(element, "form") === this.element : owner === id;
    });
  }

  #describe(): string {
    const names = new Set(this.#controls().map((control) => attribute(control, "name")));
    const buttons = this.#elements().filter(isSubmitButton).map(buttonText);
    return `the form with fields ${[...names].join(", ")} and buttons ${buttons.join(", ")}`;
  }
}

/** RFC 7578. */
function multipartBody(fields: URLSearchParams, files: ReadonlyMap<string, ChosenFile>) {
  const boundary = "----part-of-a-form";
  const named = (name: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
  const parts = [...fields].map(([name, value]) =>
    Buffer.from(`${named(name)}\r\n\r\n${value}\r\n`),
  );
  for (const [name, file] of files) {
    const type = "Content-Type: application/octet-stream";
    const head = `${named(name)}; filename="${file.name}"\r\n${type}\r\n\r\n`;
    parts.push(Buffer.from(head), Buffer.from(file.bytes), Buffer.from("\r\n"));
  }
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

function isSubmitButton(element: Element): boolean {
  if (isDisabled(element)) return false;
  if (element.tagName === "button") return ["", "submit"].includes(typeOf(element));
  return element.tagName === "input" && ["submit", "image"].includes(typeOf(element));
}

/** Whether a button or a link is meant by its `#id`, its name or its text. */
export function answersTo(element: Element, wanted: string): boolean {
  if (wanted.startsWith("#")) return attribute(element, "id") === wanted.slice(1);
  return attribute(element, "name") === wanted || buttonText(element) === wanted;
}

function buttonText(element: Element): string {
  if (element.tagName === "input") return attribute(element, "value") ?? "";
  return textOf(element) || (attribute(element, "aria-label") ?? "");
}

function typeOf(element: Element): string {
  return (attribute(element, "type") ?? "").toLowerCase();
}

function isDisabled(element: Element): boolean {
  const fieldset = ancestor(element, "fieldset");
  return (
    attribute(element, "disabled") !== undefined ||
    (fieldset !== undefined && attribute(fieldset, "disabled") !== undefined)
  );
}

function accepts(control: Element, value: string | boolean): boolean {
  const type = typeOf(control);
  if (type === "checkbox") return typeof value === "boolean";
  if (typeof value === "boolean" || type === "hidden") return false;
  if (attribute(control, "readonly") !== undefined) return false;
  if (type === "radio") return attribute(control, "value") === value;
  return control.tagName !== "select" || optionValues(control).includes(value);
}

function currentValue(control: Element, typed: string | boolean | undefined): string | undefined {
  const value = attribute(control, "value");
  if (typeOf(control) === "checkbox" || typeOf(control) === "radio") {
    const checked =
      typed === undefined
        ? attribute(control, "checked") !== undefined
        : typed === true || typed === value;
    return checked ? (value ?? "on") : undefined;
  }
  if (typeof typed === "string") return typed;
  if (control.tagName === "textarea") return rawText(control);
  if (control.tagName !== "select") return value ?? "";
  const options = select(control, "option");
  const chosen = options.find((option) => attribute(option, "selected") !== undefined);
  return optionValue(chosen ?? options[0]);
}

function optionValues(control: Element): (string | undefined)[] {
  return select(control, "option").map(optionValue);
}

function optionValue(option: Element | undefined): string | undefined {
  return option && (attribute(option, "value") ?? textOf(option));
}

function rawText(element: Element): string {
  return element.childNodes.map((node) => ("value" in node ? node.value : "")).join("");
}
