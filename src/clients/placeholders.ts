import {
  type MetadataPath,
  type ShowValue,
  holdsSecret,
  quoted,
  shownValue,
} from "./client-problem.ts";

/** A setting or an environment variable by its name; undefined when it is not set. */
export type PlaceholderLookup = (name: string) => string | undefined;

/** A placeholder that cannot be filled, and where it stands. */
export interface PlaceholderProblem {
  readonly path: MetadataPath;
  readonly found: string;
  readonly rule: string;
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

/**
 * Replaces every `${NAME}` in the texts of a JSON document, names of members excepted. What stands in
 * place of one is never searched for placeholders again.
 */
export function fillPlaceholders(document: unknown, lookup: PlaceholderLookup): FilledDocument {
  const written = new Map<string, string>();
  const problems: PlaceholderProblem[] = [];
  const fillText = (text: string, path: MetadataPath): string => {
    if (!text.includes("${")) return text;
    written.set(pathKey(path), text);
    if (text.replace(placeholder, "").includes("${")) {
      const rule = "must close every placeholder: ${NAME}";
      problems.push({ path, found: holdsSecret(path.slice(1)) ? "[hidden]" : quoted(text), rule });
      return text;
    }
    return text.replace(placeholder, (whole, name: string) => {
      const value = variableName.test(name) ? lookup(name) : undefined;
      if (typeof value === "string") return value;
      problems.push({ path, found: quoted(whole), rule: unfilledRule(name) });
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

function unfilledRule(name: string): string {
  return variableName.test(name)
    ? `must be set: ${name} is neither a setting nor an environment variable; set it, or mend its name`
    : "must be a name of letters, digits and underscores in its brackets: ${NAME}";
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
