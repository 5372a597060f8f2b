import { type EmailAddress, parseEmailAddress } from "../foundation/index.ts";

/** An address with the name that is shown beside it. */
export interface Mailbox {
  readonly name: string;
  readonly address: EmailAddress;
}

/**
 * Reads `MAIL_FROM`: `NAME <ADDRESS>` or a bare address. Our own small grammar, so that no text is ever
 * given to a mail library's parser: the name has no angle bracket, quote, backslash or control character.
 * @returns undefined for anything else.
 */
export function parseMailbox(text: string): Mailbox | undefined {
  const named = /^([^<>"\\\p{Cc}]*)<([^<>\p{Cc}]+)>$/u.exec(text.trim());
  const address = parseEmailAddress(named?.[2] ?? text);
  return address && { name: named?.[1]?.trim() ?? "", address };
}
