import { isIP } from "node:net";
import { parseEmailAddress, postgresServers } from "../foundation/index.ts";

/** Whether a register may be at this address. */
export function isDatabaseUrl(value: string): boolean {
  return /^sqlite:(?!:memory:)[^?]+$/.test(value) || postgresServers(value) !== undefined;
}

/** Whether letters may be addressed to it: an address, or all of a domain. */
export function isRecipient(item: string): boolean {
  return (
    parseEmailAddress(item.includes("@") ? item : `someone@${item}`) !== undefined ||
    item === "localhost"
  );
}

/** Whether it names a host alone, in lower case: what a scheme, port, path or wildcard belongs to is none. */
export function isHost(item: string): boolean {
  const name = /^[a-z\d_]([a-z\d_.-]*[a-z\d_])?\.?$/;
  return name.test(item) || isIP(item.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

/** `name=value`, percent-encoded; undefined when it is none. */
export function headerOf(pair: string): readonly [string, string] | undefined {
  const [, name = "", value = ""] = /^([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]+)$/.exec(pair) ?? [];
  try {
    const decoded = decodeURIComponent(value);
    return name === "" || /[^\x20-\x7e]/.test(decoded) ? undefined : [name, decoded];
  } catch {
    return undefined;
  }
}

/** Not what the standard reads without a word: spaces and line ends, which would stay in every address made of it. */
function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) && !/\s/.test(value) ? new URL(value) : undefined;
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a mail server may be at this address. */
export function isSmtpUrl(value: string): boolean {
  const { protocol, hostname, search, username = "", password = "" } = parseUrl(value) ?? {};
  const isAddress = (protocol === "smtp:" || protocol === "smtps:") && hostname !== "";
  const isKnown = ["", "?tls=required", "?tls=opportunistic"].includes(search ?? "");
  return isAddress && isKnown && [username, password].every(isPercentEncoded);
}

/** Whether a page may be at this address. */
export function isWebAddress(value: string): boolean {
  return ["http:", "https:"].includes(parseUrl(value)?.protocol ?? "");
}

/** Whether it is an address of the web without path, query or final slash. */
export function isOrigin(value: string): boolean {
  return isWebAddress(value) && parseUrl(value)?.origin === value;
}
