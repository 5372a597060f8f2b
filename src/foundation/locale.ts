/** The languages of screens and mails, the default first. */
export const locales = ["fr", "en"] as const;

/** A language of screens and mails. */
export type Locale = (typeof locales)[number];
