import type { EndingReason } from "../provider/index.ts";

/** Why something happened, for the log of the receiver, by language (CAEP 1.0 §2: an object, never a string). */
export type Reason = Readonly<Record<"en" | "fr", string>>;

/** Why a session at a client ended, and who brought it about. */
export const endingReasons: Readonly<
  Record<EndingReason, { readonly by: "user" | "policy" | undefined; readonly why: Reason }>
> = {
  "signed-out": {
    by: "user",
    why: { en: "The person signed out.", fr: "La personne s’est déconnectée." },
  },
  "session-ended": {
    by: "user",
    why: { en: "The session was ended.", fr: "La session a été fermée." },
  },
  voided: {
    by: undefined,
    why: {
      en: "What the person signed in with counts no more, or their sessions were ended.",
      fr: "Ce qui a servi à la connexion ne vaut plus, ou les sessions ont été fermées.",
    },
  },
  "consent-withdrawn": {
    by: "user",
    why: {
      en: "The person withdrew what they had allowed this application.",
      fr: "La personne a retiré à l’application ce qu’elle lui avait autorisé.",
    },
  },
  "access-closed": {
    by: "policy",
    why: {
      en: "The access that the session was for is closed.",
      fr: "L’accès pour lequel la session était ouverte est fermé.",
    },
  },
};

/** Why credentials changed. */
export const credentialReasons = {
  password: { en: "A new password was set.", fr: "Un nouveau mot de passe a été choisi." },
  added: { en: "A second factor was added.", fr: "Un second facteur a été ajouté." },
  removed: { en: "A second factor was removed.", fr: "Un second facteur a été retiré." },
} as const satisfies Readonly<Record<string, Reason>>;
