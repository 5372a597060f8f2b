import { parseEmailAddress, postgresServers } from "../foundation/index.ts";
import type { ConfigurationProblem } from "./configuration-error.ts";
import { publicPart } from "./public-part.ts";

/** Reads one setting each; a wrong one is noted among the problems and a harmless value returned. */
export interface SettingReader {
  readonly given: (name: string) => string | undefined;
  /** What is never shown. @returns undefined when it is not given */
  readonly secret: (name: string) => string | undefined;
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
  const given = (name: string) =>
    (Object.hasOwn(environment, name) ? environment[name] : undefined) || undefined;
  const wrong = (name: string, found: string, expected: string) => {
    problems.push({ name, found, expected });
  };
  const checked = (
    name: string,
    fallback: string | undefined,
    expected: string,
    accepts: (value: string) => boolean,
  ): string => {
    const value = given(name) ?? fallback;
    read.set(name, value === undefined ? undefined : publicPart(value));
    if (value === undefined) wrong(name, "nothing", expected);
    else if (!accepts(value)) wrong(name, `"${publicPart(value)}"`, expected);
    else return value;
    return "";
  };
  const optional: SettingReader["optional"] = (name, expected, accepts) => {
    read.set(name, undefined);
    return given(name) === undefined ? undefined : checked(name, undefined, expected, accepts);
  };
  const count: SettingReader["count"] = (name, fallback, least, most) => {
    const expected = `a whole number from ${least} to ${most}`;
    const accepts = (value: string) => /^\d{1,9}$/.test(value) && +value >= least && +value <= most;
    return Number(checked(name, fallback?.toString(), expected, accepts));
  };
  const list = (name: string, expected: string, accepts: (item: string) => boolean): string[] => {
    const items = (given(name) ?? "").split(",").map((item) => item.trim());
    read.set(name, undefined);
    if (!given(name)) wrong(name, "nothing", expected);
    else if (!items.every(accepts))
      wrong(name, `a list of ${items.length} (not shown: secrets)`, expected);
    else return items;
    return [];
  };
  return {
    given,
    secret: (name) => {
      read.set(name, undefined);
      return given(name);
    },
    count,
    text: (name, fallback) => checked(name, fallback, "a text", () => true),
    port: (name, fallback) => count(name, fallback, 1, 65_535),
    optionalPort: (name) => {
      read.set(name, undefined);
      return given(name) === undefined ? undefined : count(name, 0, 1, 65_535);
    },
    headers: (name) => {
      read.set(name, undefined);
      const pairs = (given(name) ?? "").split(",").filter((pair) => pair.trim() !== "");
      const headers = pairs.map((pair) => headerOf(pair.trim()));
      const expected = "name=value pairs, separated by commas, percent-encoded";
      const isWhole = headers.every((header) => header !== undefined);
      if (!isWhole) wrong(name, `a list of ${pairs.length} (not shown: secrets)`, expected);
      return Object.fromEntries(headers.filter((header) => header !== undefined));
    },
    oneOf: (name, words, fallback) => {
      const value = checked(name, fallback, `one of ${words.join(", ")}`, (word) =>
        words.some((each) => each === word),
      );
      return words.find((word) => word === value) ?? fallback;
    },
    smtpUrl: (name, fallback) =>
      checked(
        name,
        fallback,
        "an address that starts with smtp:// or smtps://, and ends with its host and port, or with ?tls=opportunistic where a server offers no TLS",
        isSmtpUrl,
      ),
    webAddress: (name, fallback) =>
      checked(name, fallback, "an http or https address", isWebAddress),
    optional,
    optionalWebAddress: (name) =>
      optional(name, "an http or https address, or nothing", isWebAddress),
    issuer: (name, fallback, production) =>
      checked(
        name,
        fallback,
        `${production ? "an https" : "an http or https"} origin without path, query or final slash`,
        (value) => isOrigin(value) && (!production || value.startsWith("https://")),
      ),
    databaseUrl: (name, fallback) =>
      checked(
        name,
        fallback,
        "sqlite:PATH or postgres://user:password@host:port/database (several hosts: one:5432,two:5432)",
        isDatabaseUrl,
      ),
    mailbox: (name, fallback) => {
      const value = checked(name, fallback, "NAME <ADDRESS> or an address", (text) => {
        const address = /^[^<>"\r\n]*<([^<>]+)>$/.exec(text)?.[1] ?? text;
        return parseEmailAddress(address) !== undefined;
      });
      // Every mail shows it: its @ parts no password.
      read.set(name, value);
      return value;
    },
    recipients: (name) => {
      const value = given(name);
      read.set(name, value);
      if (value === undefined) return undefined;
      if (value.trim() === "drop") return [];
      const items = value.split(",").map((item) => item.trim().toLowerCase());
      const expected =
        "drop, or addresses and domains (jeanne@example.org,example.org) separated by commas";
      if (!items.every(isRecipient)) wrong(name, `"${value}"`, expected);
      return items;
    },
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
    names: (name, fallback, forbidden) => {
      const value = given(name) ?? fallback.join(",");
      read.set(name, value);
      const names = value.split(",").map((each) => each.trim());
      const expected = `names of variables (A_NAME), separated by commas, none of ${[...forbidden].join(", ")}`;
      const refusedNames = names.filter(
        (each) => !/^[A-Za-z_]\w{0,99}$/.test(each) || forbidden.has(each),
      );
      if (refusedNames.length > 0) wrong(name, `"${refusedNames.join(", ")}"`, expected);
      return names;
    },
    hostNames: (name) => {
      read.set(name, given(name));
      return (given(name) ?? "")
        .split(",")
        .map((host) => host.trim().toLowerCase())
        .filter((host) => host !== "");
    },
  };
}

/** Whether a register may be at this address. */
export function isDatabaseUrl(value: string): boolean {
  return /^sqlite:(?!:memory:)[^?]+$/.test(value) || postgresServers(value) !== undefined;
}

function isRecipient(item: string): boolean {
  return (
    parseEmailAddress(item.includes("@") ? item : `someone@${item}`) !== undefined ||
    item === "localhost"
  );
}

function headerOf(pair: string): readonly [string, string] | undefined {
  const [, name = "", value = ""] = /^([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]+)$/.exec(pair) ?? [];
  try {
    const decoded = decodeURIComponent(value);
    return name === "" || /[^\x20-\x7e]/.test(decoded) ? undefined : [name, decoded];
  } catch {
    return undefined;
  }
}

function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

function isSmtpUrl(value: string): boolean {
  const { protocol, hostname, search } = parseUrl(value) ?? {};
  const isAddress = (protocol === "smtp:" || protocol === "smtps:") && hostname !== "";
  return isAddress && ["", "?tls=required", "?tls=opportunistic"].includes(search ?? "");
}

function isWebAddress(value: string): boolean {
  return ["http:", "https:"].includes(parseUrl(value)?.protocol ?? "");
}

function isOrigin(value: string): boolean {
  return isWebAddress(value) && parseUrl(value)?.origin === value;
}
