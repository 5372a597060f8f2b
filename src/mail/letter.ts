import type { Locale } from "../foundation/index.ts";

/** Every letter, by the room that writes it and its name: `views/mail/<name>.{txt,html}.ejs`. */
export type LetterName =
  | "accounts/validation"
  | "accounts/existing-account"
  | "accounts/account-disabled"
  | "accounts/recovery"
  | "accounts/password-changed"
  | "accounts/inactivity"
  | "accounts/address-change"
  | "accounts/address-changed"
  | "accounts/address-correction"
  | "accounts/address-correction-asked"
  | "accounts/new-browser"
  | "accounts/deleted"
  | "establishments/access-opened"
  | "establishments/access-ending"
  | "establishments/access-closed"
  | "establishments/invited"
  | "establishments/request-received"
  | "establishments/request-refused"
  | "backoffice/requests-waiting"
  | "organisations/care-given"
  | "organisations/care-ended"
  | "second-factors/turned-on"
  | "second-factors/turned-off"
  | "second-factors/reset"
  | "second-factors/guessed-at";

/** Those that somebody waits for, before a page that says that they come: they leave before any notice. */
export const awaitedLetters: readonly LetterName[] = [
  "accounts/validation",
  "accounts/existing-account",
  "accounts/account-disabled",
  "accounts/recovery",
  "accounts/address-change",
  "accounts/address-correction",
];

/** A letter as it will be read. */
export interface RenderedLetter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The port that writes a letter from its template. */
export interface Letters {
  /**
   * Without I/O: it is called inside the transaction of the change that the letter announces.
   * @param model what the template of that letter is given
   */
  readonly render: (letter: LetterName, locale: Locale, model: object) => RenderedLetter;
}
