import { parseEmailAddress } from "../foundation/index.ts";
import type { ConfigurationProblem } from "./configuration-error.ts";
import { publicPart } from "./public-part.ts";
import { SettingNotes } from "./setting-notes.ts";
import {
  headerOf,
  isDatabaseUrl,
  isHost,
  isOrigin,
  isRecipient,
  isSmtpUrl,
  isWebAddress,
} from "./setting-values.ts";

/** Reads one setting each; a wrong one is noted among the problems and a harmless value returned. */
export interface SettingReader {
  /** What is never shown. @returns undefined when it is not given */
  readonly given: (name: string) => string | undefined;
  readonly text: (name: string, fallback: string | undefined) => string;
  readonly count: (
    name: string,
    fallback: number | undefined,
    least: number,
    most: number,
  ) => number;
  readonly port: (name: string, fallback: number) => number;
  /** @returns undefined when it is not given */
  readonly optionalPort: (name: string) => number | undefined;
  /** `name=value,…`, percent-encoded; never shown. */
  readonly headers: (name: string) => Readonly<Record<string, string>>;
  readonly oneOf: <Word extends string>(
    name: string,
    words: readonly Word[],
    fallback: Word,
  ) => Word;
  readonly smtpUrl: (name: string, fallback: string | undefined) => string;
  readonly webAddress: (name: string, fallback: string | undefined) => string;
  /** @returns undefined when it is not given */
  readonly optionalWebAddress: (name: string) => string | undefined;
  readonly issuer: (name: string, fallback: string | undefined, production: boolean) => string;
  readonly databaseUrl: (name: string, fallback: string | undefined) => string;
  readonly mailbox: (name: string, fallback: string | undefined) => string;
  /** Addresses and domains, in lower case; `drop` is none of them. @returns undefined when it is not given */
  readonly recipients: (name: string) => string[] | undefined;
  readonly cookieKeys: (name: string) => string[];
  /** @returns undefined when it is not given */
  readonly optional: (
    name: string,
    expected: string,
    accepts: (value: string) => boolean,
  ) => string | undefined;
  readonly encryptionKeys: (name: string) => Buffer[];
  /** Names and addresses of hosts, in lower case. */
  readonly hostNames: (name: string) => string[];
  /** Names of variables, none of them forbidden. */
  readonly names: (
    name: string,
    fallback: readonly string[],
    forbidden: ReadonlySet<string>,
  ) => readonly string[];
}

/**
 * @param problems where what is wrong is added
 * @param read where each setting is noted, with its value unless it is a secret
 */
export function settingReader(
  environment: Readonly<Record<string, string | undefined>>,
  problems: ConfigurationProblem[],
  read = new Map<string, string | undefined>(),
): SettingReader {
  const notes = new SettingNotes(environment, problems, read);
  return {
    given: (name) => notes.given(name),
    optional: (name, expected, accepts) => notes.optional(name, expected, accepts),
    ...wordReading(notes),
    ...numberReading(notes),
    ...addressReading(notes),
    ...recipientReading(notes),
    ...secretReading(notes),
    ...nameReading(notes),
  };
}

function wordReading(notes: SettingNotes): Pick<SettingReader, "text" | "oneOf"> {
  return {
    text: (name, fallback) => notes.checked(name, fallback, "a text", () => true),
    oneOf: (name, words, fallback) => {
      const value = notes.checked(name, fallback, `one of ${words.join(", ")}`, (word) =>
        words.some((each) => each === word),
      );
      return words.find((word) => word === value) ?? fallback;
    },
  };
}

function numberReading(
  notes: SettingNotes,
): Pick<SettingReader, "count" | "port" | "optionalPort"> {
  const count: SettingReader["count"] = (name, fallback, least, most) => {
    const expected = `a whole number from ${least} to ${most}`;
    const accepts = (value: string) => /^\d{1,9}$/.test(value) && +value >= least && +value <= most;
    return Number(notes.checked(name, fallback?.toString(), expected, accepts));
  };
  return {
    count,
    port: (name, fallback) => count(name, fallback, 1, 65_535),
    optionalPort: (name) =>
      notes.given(name) === undefined ? undefined : count(name, 0, 1, 65_535),
  };
}

/** In the place of a wrong address: one that can be read, and leads nowhere (RFC 6761). */
const nowhere = "https://nowhere.invalid";

function addressReading(
  notes: SettingNotes,
): Pick<SettingReader, "smtpUrl" | "webAddress" | "optionalWebAddress" | "issuer" | "databaseUrl"> {
  return {
    smtpUrl: (name, fallback) =>
      notes.checked(
        name,
        fallback,
        "an address that starts with smtp:// or smtps://, user and password percent-encoded, and ends with its host and port, or with ?tls=opportunistic where a server offers no TLS",
        isSmtpUrl,
      ),
    webAddress: (name, fallback) =>
      notes.checked(name, fallback, "an http or https address", isWebAddress) || nowhere,
    optionalWebAddress: (name) =>
      notes.optional(name, "an http or https address, or nothing", isWebAddress),
    issuer: (name, fallback, production) =>
      notes.checked(
        name,
        fallback,
        `${production ? "an https" : "an http or https"} origin without path, query or final slash`,
        (value) => isOrigin(value) && (!production || value.startsWith("https://")),
      ) || nowhere,
    databaseUrl: (name, fallback) =>
      notes.checked(
        name,
        fallback,
        "sqlite:PATH or postgres://user:password@host:port/database (several hosts: one:5432,two:5432)",
        isDatabaseUrl,
      ),
  };
}

/** Who writes, and who may be written to. */
function recipientReading(notes: SettingNotes): Pick<SettingReader, "mailbox" | "recipients"> {
  return {
    mailbox: (name, fallback) => {
      const value = notes.checked(name, fallback, "NAME <ADDRESS> or an address", (text) => {
        // As mail reads it.
        const address = /^[^<>"\\\p{Cc}]*<([^<>\p{Cc}]+)>$/u.exec(text)?.[1] ?? text;
        return parseEmailAddress(address) !== undefined;
      });
      // Every mail shows it: its @ parts no password.
      notes.show(name, value);
      return value;
    },
    recipients: (name) => {
      const value = notes.given(name);
      notes.show(name, value);
      if (value === undefined) return undefined;
      if (value.trim() === "drop") return [];
      const items = value.split(",").map((item) => item.trim().toLowerCase());
      const expected =
        "drop, or addresses and domains (jeanne@example.org,example.org) separated by commas";
      if (!items.every(isRecipient)) notes.wrong(name, `"${value}"`, expected);
      return items;
    },
  };
}

/** Lists of what is never shown: of what is wrong only its number is said. */
function secretReading(
  notes: SettingNotes,
): Pick<SettingReader, "cookieKeys" | "encryptionKeys" | "headers"> {
  const notShown = (count: number) => `a list of ${count} (not shown: secrets)`;
  const list = (name: string, expected: string, accepts: (item: string) => boolean): string[] => {
    const items = (notes.given(name) ?? "").split(",").map((item) => item.trim());
    if (!notes.given(name)) notes.wrong(name, "nothing", expected);
    else if (!items.every(accepts)) notes.wrong(name, notShown(items.length), expected);
    else return items;
    return [];
  };
  return {
    cookieKeys: (name) =>
      list(
        name,
        "one or more secrets of 32 characters or more, separated by commas",
        (key) => key.length >= 32,
      ),
    encryptionKeys: (name) =>
      list(name, "one or more keys of 32 bytes in base64url, separated by commas", (key) =>
        /^[\w-]{43}$/.test(key),
      ).map((key) => Buffer.from(key, "base64url")),
    headers: (name) => {
      const pairs = (notes.given(name) ?? "").split(",").filter((pair) => pair.trim() !== "");
      const headers = pairs.map((pair) => headerOf(pair.trim()));
      const expected = "name=value pairs, separated by commas, percent-encoded";
      const isWhole = headers.every((header) => header !== undefined);
      if (!isWhole) notes.wrong(name, notShown(pairs.length), expected);
      return Object.fromEntries(headers.filter((header) => header !== undefined));
    },
  };
}

function nameReading(notes: SettingNotes): Pick<SettingReader, "names" | "hostNames"> {
  return {
    names: (name, fallback, forbidden) => {
      const value = notes.given(name) ?? fallback.join(",");
      notes.show(name, value);
      const names = value.split(",").map((each) => each.trim());
      const expected = `names of variables (A_NAME), separated by commas, none of ${[...forbidden].join(", ")}`;
      const refusedNames = names.filter(
        (each) => !/^[A-Za-z_]\w{0,99}$/.test(each) || forbidden.has(each),
      );
      if (refusedNames.length > 0) notes.wrong(name, `"${refusedNames.join(", ")}"`, expected);
      return names;
    },
    hostNames: (name) => {
      const value = notes.given(name);
      notes.show(name, value?.split(",").map(publicPart).join(","));
      const items = (value ?? "").split(",").map((host) => host.trim().toLowerCase());
      const hosts = items.filter((host) => host !== "");
      const wrong = hosts.filter((host) => !isHost(host));
      const expected =
        "names of hosts alone, separated by commas: no scheme, port, path or wildcard";
      if (wrong.length > 0) notes.wrong(name, `"${wrong.map(publicPart).join(", ")}"`, expected);
      return hosts;
    },
  };
}
