/** One thing that is wrong with one client: what an operator or integrator needs to mend it. */
export interface ClientProblem {
  /** Where the client is declared: the path of the file as it was given. */
  readonly file: string;
  /** Its `client_id`, or `[2]`, its place in the array, when that is not usable; absent when the whole file is at fault. */
  readonly client: string | undefined;
  /** The path of the value, for example `redirect_uris[0]`; absent when the whole client or file is at fault. */
  readonly field: string | undefined;
  /** What stands there, in quotes when it is a text; `nothing` when it is absent; never a secret. */
  readonly found: string;
  /** What it must be, and how to mend it: a sentence that begins with its verb. */
  readonly rule: string;
}

/** Steps from a client's metadata down to one value. */
export type MetadataPath = readonly PropertyKey[];

/** What a problem says was found at a path of a client. */
export type ShowValue = (path: MetadataPath, value: unknown) => string;

const longestShown = 100;
const secretName = /secret|password|passwd|private|credential|token$/i;
const privateKeyMembers = new Set(["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"]);

/** The problem in one line. */
export function clientProblemLine(problem: ClientProblem): string {
  const place = problem.client === undefined ? "" : ` client ${visible(problem.client)}:`;
  const field = problem.field === undefined ? "" : ` ${problem.field}`;
  return `${problem.file}:${place}${field} ${problem.rule} (found ${problem.found})`;
}

/** A path as it is written in code: `jwks.keys[0].d`. An odd name is quoted, so that a line stays a line. */
export function pathText(path: MetadataPath): string {
  const steps = path.map((step, place) => {
    if (typeof step === "number") return `[${step}]`;
    const name = String(step);
    const written = /^[\w#-]{1,60}$/.test(name) ? name : quoted(name);
    return place === 0 ? written : `.${written}`;
  });
  return steps.join("");
}

/** A value as a problem may show it: secrets hidden, passwords of addresses hidden, short, on one line. */
export function shownValue(path: MetadataPath, value: unknown): string {
  if (value === undefined) return "nothing";
  if (holdsSecret(path)) return "[hidden]";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" && value !== null ? "an object" : JSON.stringify(value);
}

/** Whether what stands at a path is never shown: a client's secret, the private part of a key, or a mistyped name of these. */
export function holdsSecret(path: MetadataPath): boolean {
  const [first, second] = path;
  const last = String(path.at(-1));
  if (first === "jwks" && second === "keys" && path.length > 3) {
    return privateKeyMembers.has(String(path[3]));
  }
  return (secretName.test(String(first)) || secretName.test(last)) && !isPublicName(String(first));
}

/** A text in quotes: short, without line breaks or invisible characters, and without the password of an address. */
export function quoted(text: string): string {
  return `"${visible(text.replace(/\/\/[^/?#]*@/g, "//[hidden]@"))}"`;
}

/** A text cut short, on one line, with its invisible characters spelled out. */
export function visible(text: string): string {
  const short = text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
  return short.replace(
    /[\p{C}\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Metadata whose name speaks of secrets but whose value is a public word (`client_secret_basic`). */
function isPublicName(name: string): boolean {
  return name.startsWith("token_endpoint_auth_");
}
