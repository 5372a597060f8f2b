import type { AuditEntry } from "../audit/index.ts";
import { isoInstant } from "../foundation/index.ts";
import { formatSiret, parseSiret } from "../establishments/index.ts";
import type { Translate } from "../operations/index.ts";
import { subjectKeyOf } from "./shown.ts";
import { accountUrl } from "./subject.ts";

/** A piece of a sentence; one that names somebody or something leads there. */
export interface SentencePart {
  readonly text: string;
  readonly url?: string | undefined;
}

/** Whom events name. */
export interface NamedPerson {
  readonly name: string;
  /** Of a member of staff, as it is now. */
  readonly role: string | undefined;
}

/** What the identifiers of events stand for. */
export interface SentenceNames {
  /** @returns undefined when the account is gone */
  readonly person: (sub: string) => NamedPerson | undefined;
  /** @returns undefined of one that is gone */
  readonly client: (clientId: string) => string | undefined;
  readonly establishment: (siret: string) => string | undefined;
}

/** So many establishments are named in a sentence. */
const mostNamed = 5;

/**
 * What an event says, for people: « Zoé Moulin (agent) a ouvert l'accès de … à … ». Each name of an event has its sentence,
 * `sentence.<name>`, and another for what was refused; one of a newer build is its name.
 */
export function sentenceOf(entry: AuditEntry, names: SentenceNames, t: Translate): SentencePart[] {
  const key = `sentence.${entry.name}${entry.outcome === "refused" ? ".refused" : ""}`;
  if (!t.knows(key)) return [{ text: entry.name }];
  const said = new Said(t);
  const text = t(key, valuesOf(entry, names, said));
  const [first, ...others] = said.parts(text);
  if (!first) return [];
  return [
    { ...first, text: first.text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()) },
    ...others,
  ];
}

/** Everybody and everything that these events name. */
export function namedBy(entries: readonly AuditEntry[]): {
  readonly subs: readonly string[];
  readonly sirets: readonly string[];
} {
  return {
    subs: entries.flatMap(({ sub, actor }) => [sub, actor].filter((each) => each !== undefined)),
    sirets: entries.flatMap((entry) => [...siretsOf(entry), ...refusedOf(entry)]),
  };
}

/**
 * Pieces that stand for themselves in the text of a sentence until it is taken apart: nothing that somebody typed is read
 * as a part of it.
 */
class Said {
  readonly t: Translate;
  readonly #pieces: SentencePart[] = [];

  constructor(t: Translate) {
    this.t = t;
  }

  piece(text: string, url?: string): string {
    this.#pieces.push({ text, url });
    return `\uE000${String(this.#pieces.length - 1)}\uE001`;
  }

  word(name: string, values: Readonly<Record<string, string | number>> = {}): string {
    return this.t(`sentence-part.${name}`, values);
  }

  parts(text: string): SentencePart[] {
    return text.split(/\uE000(\d+)\uE001/).flatMap((each, place) => {
      if (place % 2 === 1) return this.#pieces[Number(each)] ?? [];
      return each === "" ? [] : [{ text: each }];
    });
  }
}

function valuesOf(entry: AuditEntry, names: SentenceNames, said: Said) {
  const { actor, sub, clientId, details = {} } = entry;
  const isOwn = actor === undefined || actor === sub;
  const person = subjectOf(entry, names, said);
  const client = clientOf(clientId, names, said);
  const detail = (...keys: string[]) =>
    keys.map((key) => details[key]).find((value) => value !== undefined) as
      string | number | undefined;
  const piece = (...keys: string[]) => said.piece(String(detail(...keys) ?? said.word("unknown")));
  const worded = (prefix: string, word: string | number | undefined) =>
    word !== undefined && said.t.knows(`${prefix}${String(word)}`)
      ? said.t(`${prefix}${String(word)}`)
      : said.piece(String(word ?? said.word("unknown")));
  const left = refusedOf(entry);
  const count = Number(detail("count", "events") ?? 0);
  return {
    ...{ person, client, count },
    who: doerOf(entry, { person, client }, names, said),
    at: clientId === undefined ? "" : said.word("at", { client }),
    account: isOwn ? said.word("account-own") : said.word("account", { person }),
    of: isOwn ? said.word("of-own") : said.word("of", { person }),
    establishments: establishmentsOf(siretsOf(entry), names, said),
    refused: left.length === 0 ? "" : refusedPart(left, names, said),
    imported:
      sub === undefined ? said.word("accounts", { count }) : said.word("account", { person }),
    role: worded("staff.role.", detail("role")),
    table: worded("sentence-part.table.", detail("table")),
    letter: letterOf(detail("letter"), said),
    format: piece("format"),
    what: piece("kid", "webhook", "signal", "through", "error"),
  };
}

/** Words that say who acts, each with words of its own. */
const actors: ReadonlySet<string> = new Set(["operator", "retention", "until-date", "invitation"]);

/** What nobody has closed its date has: nobody closes their own. */
function actorOf({ name, actor }: AuditEntry): string | undefined {
  if (actor?.startsWith("invitation:")) return "invitation";
  return actor ?? (name === "access-closed" ? "until-date" : undefined);
}

/** Who did it: somebody else than the subject where that is said, else the subject, else the client. */
function doerOf(
  entry: AuditEntry,
  { person, client }: { readonly person: string; readonly client: string },
  names: SentenceNames,
  said: Said,
): string {
  const { sub, addressReference, clientId } = entry;
  const actor = actorOf(entry);
  if (actor !== undefined && actors.has(actor)) return said.word(actor);
  if (actor?.startsWith("client:")) return clientOf(actor.slice("client:".length), names, said);
  if (actor !== undefined) return personOf(actor, names, said);
  if (sub !== undefined || addressReference !== undefined) return person;
  return clientId === undefined ? said.word("nobody") : client;
}

function subjectOf(
  { sub, addressReference }: AuditEntry,
  names: SentenceNames,
  said: Said,
): string {
  if (sub !== undefined) return personOf(sub, names, said);
  return said.word(addressReference === undefined ? "nobody" : "no-account");
}

function personOf(sub: string, names: SentenceNames, said: Said): string {
  const known = names.person(sub);
  // A word that is no identifier is of a newer build, perhaps.
  if (!known) return /^[\w-]{16,}$/.test(sub) ? said.word("gone") : said.piece(sub);
  const name = said.piece(known.name, accountUrl({ sub }));
  const key = `staff.role.${known.role ?? ""}`;
  if (!said.t.knows(key)) return name;
  return said.word("role", { name, role: said.t(key).toLowerCase() });
}

function clientOf(clientId: string | undefined, names: SentenceNames, said: Said): string {
  if (clientId === undefined) return said.word("no-client");
  return said.word("client", { client: said.piece(names.client(clientId) ?? clientId) });
}

function refusedPart(sirets: readonly string[], names: SentenceNames, said: Said): string {
  return said.word("refused", { establishments: establishmentsOf(sirets, names, said) });
}

function establishmentsOf(sirets: readonly string[], names: SentenceNames, said: Said): string {
  if (sirets.length === 0) return said.word("no-establishment");
  const shown = sirets.slice(0, mostNamed).map((text) => {
    const parsed = parseSiret(text);
    const siret = said.piece(parsed.accepted ? formatSiret(parsed.value) : text);
    const name = names.establishment(text);
    return name === undefined
      ? siret
      : said.word("establishment", { siret, name: said.piece(name) });
  });
  const more = sirets.length - shown.length;
  return [...shown, ...(more > 0 ? [`+ ${String(more)}`] : [])].join(", ");
}

function letterOf(letter: string | number | undefined, said: Said): string {
  const key = subjectKeyOf(String(letter));
  if (letter === undefined || !said.t.knows(key)) return "";
  try {
    return said.word("letter", { subject: said.t(key) });
  } catch {
    // A subject that names somebody says so in the letter alone.
    return "";
  }
}

function siretsOf({ details = {} }: AuditEntry): string[] {
  const { siret, sirets } = details;
  if (typeof siret === "string") return [siret];
  return Array.isArray(sirets) ? sirets.map(String) : [];
}

function refusedOf({ details = {} }: AuditEntry): string[] {
  const { refused: left } = details;
  return Array.isArray(left) ? left.map(String) : [];
}

/** The machine words of an event, by their names in `staff-audit.machine.<name>`: what is not known is left out. */
export function machineWordsOf(
  entry: AuditEntry,
): readonly { readonly name: string; readonly value: string; readonly sub?: string | undefined }[] {
  const { details } = entry;
  const all = [
    { name: "event", value: entry.name },
    { name: "outcome", value: entry.outcome },
    { name: "reason", value: entry.reason },
    { name: "sub", value: entry.sub, sub: entry.sub },
    { name: "reference", value: entry.addressReference },
    { name: "actor", value: entry.actor, sub: entry.actor },
    { name: "client", value: entry.clientId },
    { name: "network", value: entry.network },
    { name: "origin", value: entry.networkReference },
    { name: "request", value: entry.requestReference },
    { name: "details", value: details && JSON.stringify(details) },
    { name: "seq", value: `${String(entry.seq)} · ${isoInstant(entry.occurredAt)}` },
  ];
  return all.flatMap(({ value, ...each }) => (value === undefined ? [] : [{ ...each, value }]));
}
