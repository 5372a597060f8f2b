import pino from "pino";

/**
 * What no log line may hold: passwords, tokens, codes, cookies, authorization headers, secrets, mail
 * bodies, and e-mail addresses (a line names a person by `sub`, or by the reference that
 * `operations/events` makes of an address).
 *
 * Two nets, because either alone leaks: names of fields at any depth (pino's own `redact` needs the
 * depth to be known), and shapes inside of texts (an error of a driver quotes the values it was given).
 */
export function redacted(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, redactedField(name, value, 0)]),
  );
}

/** A text without the secrets and addresses that have a recognisable shape; what is beyond 8000 characters is left out. */
export function redactedText(text: string): string {
  return shapes.reduce(
    (clean, [shape, replacement]) =>
      typeof replacement === "string"
        ? clean.replace(shape, replacement)
        : clean.replace(shape, replacement),
    text.slice(0, longestText),
  );
}

const hidden = "[hidden]";
const deepest = 6;
const longestText = 8_000;

/** Fields of PostgreSQL's errors that quote the whole row. */
const quotingFields = ["detail", "where"];

const secretName =
  /pass(?:word|wd|phrase)?$|passwordconfirmation|token$|secret$|secrets$|^code$|authorizationcode|usercode|devicecode|codeverifier|cookies?$|^authorization$|proxyauthorization|credentials?$|assertion$|^jwks?$|privatekey|encryptionkeys?|cookiekeys?|passwordhash|^html$|^text$|^body$|^letter(?:body|text)$|^subjectline$|^otp$|^email$|^emails$|emailaddress|emailconfirmation|^loginhint$|^to$|^recipients?$|^rejected$|^bindings$/;

/**
 * Each shape is found in time that grows with the text alone, for strangers bring some of it: a run of characters is
 * read from its beginning only (the look-behinds), and has one way to match. `bench/redaction.ts` measures it.
 */
const shapes: readonly (readonly [RegExp, string | ((found: string) => string)])[] = [
  [/\b(?:Bearer|Basic|DPoP)\s+[\w.~+/=-]+/gi, "[authorization]"],
  [/(?<![\w-])[\w-]+(?:\.[\w-]*)+/g, (dotted) => (holdsToken(dotted) ? "[token]" : dotted)],
  [/\$argon2[\w$=,+/-]+/g, "[password hash]"],
  [/(?<=\/\/)[^\s/]*(?=@)/g, (user) => (user.includes(":") ? hidden : user)],
  [
    /\b(code|\w*token|\w*secret|password\w*|code_verifier|login_hint|client_assertion)=[^&\s"']+/gi,
    `$1=${hidden}`,
  ],
  [
    /(?<![\w.!#$%&'*+=?^`{|}~-])[\w.!#$%&'*+=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/gi,
    "[address]",
  ],
  // 256 bits in base64url: mailed links, codes, cookies, digests.
  [/(?<![\w-])[\w-]{43,}(?![\w-])/g, "[secret]"],
];

/** Three parts between dots, the first of which has a JSON object in base64url: a JWT. */
function holdsToken(dotted: string): boolean {
  const parts = dotted.split(".");
  return parts.slice(0, -2).some((part, at) => part.includes("eyJ") && parts[at + 1] !== "");
}

function redactedField(name: string, value: unknown, depth: number): unknown {
  const isSecret = secretName.test(name.toLowerCase().replaceAll(/[^a-z]/g, ""));
  return isSecret && value !== undefined && value !== null ? hidden : redactedValue(value, depth);
}

function redactedValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactedText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return "[too deep]";
  if (isError(value)) return redactedError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return "[bytes]";
  if (Array.isArray(value)) return value.map((item) => redactedValue(item, depth + 1));
  return redactedEntries(value, depth);
}

/** A driver's errors may come from another realm than ours, where `instanceof` does not know them. */
function isError(value: object): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function redactedError(error: Error, depth: number): unknown {
  const fields: Record<string, unknown> = { ...pino.stdSerializers.err(error) };
  const { code } = fields;
  for (const name of quotingFields) if (name in fields) fields[name] = hidden;
  const clean = redactedEntries(fields, depth);
  // The code of an error (ECONNREFUSED, 23505) is no authorization code.
  if (typeof code === "string") clean["code"] = redactedText(code);
  return clean;
}

function redactedEntries(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, redactedField(name, value, depth + 1)]),
  );
}
