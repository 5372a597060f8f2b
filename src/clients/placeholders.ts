import {
  type MetadataPath,
  type ShowValue,
  holdsSecret,
  quoted,
  shownValue,
} from "./client-problem.ts";

/** A variable by its name; undefined unless `CLIENTS_FILE_VARIABLES` lists it and it is set, null where it is a setting that is wrong. */
export type PlaceholderLookup = (name: string) => string | undefined | null;

/** A placeholder that cannot be filled, and where it stands. */
export interface PlaceholderProblem {
  readonly path: MetadataPath;
  readonly found: string;
  readonly rule: string;
  /** Whether it is told already, of the setting that would fill it: then only nothing more is said of what stands there. */
  readonly isTold: boolean;
}

/** A document whose placeholders are filled, as far as they can be; those that cannot stand in it as written. */
export interface FilledDocument {
  readonly document: unknown;
  readonly unread: readonly PlaceholderProblem[];
  /** A value as a problem shows it: with the placeholders it was made of, and never what a secret one stood for. */
  readonly show: ShowValue;
}

const placeholder = /\$\{([^${}]*)\}/g;
const variableName = /^[A-Za-z_]\w{0,99}$/;
const secretVariable = /SECRET|PASSW|TOKEN|KEY|CREDENTIAL|DATABASE|SMTP/i;
/** Far more than any client has: a document nested deeper is cut short there. */
const deepest = 20;

/** Whether a secret may stand at a path of a document; the path begins with the place of its client. */
export type MayHoldSecret = (path: MetadataPath) => boolean;

const secretFieldsAlone: MayHoldSecret = (path) => holdsSecret(path.slice(1));

/**
 * Replaces every `${NAME}` in the texts of a JSON document, names of members excepted. What stands in
 * place of one is never searched for placeholders again. Only for files that operators deploy: what a page, the API
 * or a registration brings is plain text, for whoever may write `${NAME}` may read its value.
 */
export function fillPlaceholders(
  document: unknown,
  lookup: PlaceholderLookup,
  mayHoldSecret: MayHoldSecret = secretFieldsAlone,
): FilledDocument {
  const written = new Map<string, string>();
  const problems: PlaceholderProblem[] = [];
  const fillText = (text: string, path: MetadataPath): string => {
    if (!text.includes("${")) return text;
    written.set(pathKey(path), text);
    if (text.replace(placeholder, "").includes("${")) {
      const rule = "must close every placeholder: ${NAME}";
      const found = holdsSecret(path.slice(1)) ? "[hidden]" : quoted(text);
      problems.push({ path, found, rule, isTold: false });
      return text;
    }
    return text.replace(placeholder, (whole, name: string, at: number) => {
      const value = variableName.test(name) ? lookup(name) : undefined;
      const misplaced = secretVariable.test(name) && !mayHoldSecret(path);
      if (typeof value === "string" && !misplaced) return joined(value, text[at + whole.length]);
      const rule = misplaced ? misplacedRule(name) : unfilledRule(name);
      problems.push({ path, found: quoted(whole), rule, isTold: value === null && !misplaced });
      return whole;
    });
  };
  const fill = (value: unknown, path: MetadataPath): unknown => {
    if (typeof value === "string") return fillText(value, path);
    if (typeof value !== "object" || value === null) return value;
    if (path.length >= deepest) return null;
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, fill(item, [...path, name])]),
    );
  };
  return {
    document: fill(document, []),
    unread: problems,
    show: (path, value) => showFilled(path, value, written.get(pathKey(path))),
  };
}

/** An address that is given with its last slash and one that follows it meet in one: no path begins with two. */
function joined(value: string, next: string | undefined): string {
  return next === "/" && /^https?:/.test(value) ? value.replace(/\/$/, "") : value;
}

function unfilledRule(name: string): string {
  return variableName.test(name)
    ? `must be a variable that CLIENTS_FILE_VARIABLES lists and that is set: ${name} is not; list and set it, or mend its name`
    : "must be a name of letters, digits and underscores in its brackets: ${NAME}";
}

function misplacedRule(name: string): string {
  return `must hold no secret, for everybody may read it: ${name} is the name of one; put it where a secret belongs, or name it otherwise`;
}

/** @param path begins with the client's place in the document, which the rules about names leave aside */
function showFilled(path: MetadataPath, value: unknown, written: string | undefined): string {
  const field = path.slice(1);
  if (written === undefined) return shownValue(field, value);
  const names = [...written.matchAll(placeholder)].map(([, name]) => name ?? "");
  if (holdsSecret(field)) return `[hidden], from ${names.join(", ")}`;
  const now = names.some((name) => secretVariable.test(name))
    ? "[hidden]"
    : shownValue(field, value);
  return `${quoted(written)}, now ${now}`;
}

function pathKey(path: MetadataPath): string {
  return JSON.stringify(path);
}
