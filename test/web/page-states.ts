import type { Problem } from "../../src/foundation/index.ts";
import { qrCodeOf } from "../../src/second-factors/index.ts";
import type { PageModels, PageName } from "../../src/web/index.ts";
import { keptForm, longList, shortList, staffPageStates } from "./staff-page-states.ts";

/** A page as a person may meet it: its status, its template and what that is given. */
export interface PageStateSample<Name extends PageName = PageName> {
  readonly status: number;
  readonly name: Name;
  readonly model: PageModels[Name];
}

const email = "testM0@test.com";

function form(values: Record<string, string> = {}, ...problems: Problem[]) {
  return { action: "/sent-here", values, problems };
}

function sample<Name extends PageName>(status: number, name: Name, model: PageModels[Name]) {
  return { status, name, model };
}

const nextKinds = {
  validation: "sign-up",
  recovery: "recovery",
  email: "account",
  alert: "account",
} as const;
const links = { signInUrl: "/in", signUpUrl: "/up", recoveryUrl: "/lost" };
const establishments = [
  {
    ...{ siret: "55210055400013", formatted: "552 100 554 00013", isCurrent: false },
    name: "Boulangerie d'Été & Fils",
  },
  { siret: "35600000000048", formatted: "356 000 000 00048", isCurrent: true },
];
const service = { serviceName: "Portail OF", email, accountUrl: "/account" };

/** What real life has of the longest: addresses, names of companies and their number. */
const longEmail =
  "marie-antoinette.de-la-rochefoucauld-montmorency@formation-professionnelle-continue-du-commerce.example";
const manyEstablishments = Array.from({ length: 30 }, (_, index) => ({
  siret: `552100554${String(index).padStart(5, "0")}`,
  formatted: `552 100 554 ${String(index).padStart(5, "0")}`,
  isCurrent: index === 1,
  address: index % 3 === 0 ? undefined : `${String(index)} RUE DES MÉTIERS 60000 BEAUVAIS`,
  name:
    index === 1
      ? "Groupement interprofessionnel pour le développement de la formation et de l'apprentissage dans les métiers du commerce de détail et de gros, établissement secondaire de Saint-Rémy-en-Bouzemont-Saint-Genest-et-Isson"
      : `Centre de formation n° ${String(index + 1)}`,
}));
const error = { reference: "q83n2mX0aPz7Lk1bYt5eWg", code: "some-code", continueUrl: "/portal" };

const address =
  "otpauth://totp/l%27Opcommerce:prenom.nom%40partenaire.test?issuer=l%27Opcommerce&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30";
const passkey = { options: "{}", challenge: "sealed" };
const totpProposal = {
  enrolment: "sealed",
  secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
  address,
  qrCode: qrCodeOf(address),
};
const security = {
  isDone: false,
  addApplicationUrl: "/add-application",
  passkeys: [],
  addPasskeyUrl: "/add-passkey",
  passwordUrl: "/password",
  codesLeft: 0,
  renewAction: "/renew",
};
const codes = Array.from({ length: 10 }, (_, index) => `7Q2M-K0DX-4ZR8-PHN${String(index)}`);

const fewChoices = {
  establishments,
  ...{ total: establishments.length, found: establishments.length, hasSearch: false },
};

const account = {
  form: form({ given_name: "Zoé", family_name: "Moulin" }),
  passwordUrl: "/password",
  language: { action: "/language-of-letters", current: "fr" as const },
  passkeyOffer: { addUrl: "/add-passkey", declineAction: "/later" },
  endOthersAction: "/end-others",
  emailUrl: "/email",
  email: longEmail,
  list: shortList,
  establishments: [
    ...manyEstablishments
      .slice(1, 2)
      .map((each) => ({ ...each, since: "3 mars 2026", until: "31 janvier 2027" })),
    { formatted: "356 000 000 00048", since: "3 mars 2026" },
  ],
  sessions: [
    {
      ...{ endAction: "/end/1", since: "3 mars 2026 à 18:00", lastUsed: "3 mars 2026 à 19:30" },
      ...{ browser: "Samsung Internet", system: "Android", network: "2001:db8:85a3::/48" },
      ...{ services: "Portail OF", isCurrent: true },
    },
    {
      ...{ endAction: "/end/2", since: "2 mars 2026 à 08:12", lastUsed: undefined },
      ...{ browser: undefined, system: undefined, network: undefined },
      ...{ services: "", isCurrent: false },
    },
  ],
  requestsUrl: "/requests",
  organisationsUrl: "/organisations",
  signOutUrl: "/out",
};

const requests = [
  {
    establishments: [
      { formatted: "552 100 554 00013", state: "waiting" as const },
      { formatted: "356 000 000 00048", state: "waiting" as const },
    ],
    withdraw: { action: "/sent-here", id: "3" },
    message: "Bonjour,\nje suis la comptable de ces deux établissements.",
    state: "waiting" as const,
    asked: "3 mars 2026 à 18:00",
    decided: undefined,
    reason: undefined,
  },
  {
    establishments: [{ formatted: "552 100 554 00013", state: "refused" as const }],
    withdraw: undefined,
    message: undefined,
    state: "refused" as const,
    asked: "2 mars 2026 à 08:12",
    decided: "3 mars 2026 à 09:30",
    reason: "Ce SIRET n'est pas celui d'un organisme de formation.",
  },
  {
    establishments: [
      { formatted: "356 000 000 00048", state: "accepted" as const },
      { formatted: "552 081 317 66522", state: "refused" as const },
    ],
    withdraw: undefined,
    message: undefined,
    state: undefined,
    asked: "1 mars 2026 à 10:00",
    decided: "1 mars 2026 à 11:00",
    reason: "Cet établissement n'est pas le vôtre.",
  },
];

/** Every page, fresh and refused. */
export const pageStates: Readonly<Record<string, PageStateSample>> = {
  ...staffPageStates,
  "sign-in": sample(200, "accounts/sign-in", {
    ...links,
    form: form(),
    mayReturn: true,
    serviceName: "Portail OF",
    passkeyUrl: "/ask",
  }),
  "sign-in as somebody else": sample(200, "accounts/sign-in", {
    ...{ ...links, form: form(), mayReturn: true },
    serviceName: "Portail OF",
    signedInAs: longEmail,
  }),
  "sign-in, on the way to the back office": sample(200, "accounts/sign-in", {
    ...{ ...links, form: form() },
  }),
  "sign-in, passkey refused": sample(422, "accounts/sign-in", {
    ...{ ...links, passkeyUrl: "/ask", form: form({}, { reason: "passkey-counter-back" }) },
  }),
  "sign-in, passkey after a new password": sample(422, "accounts/sign-in", {
    ...{ ...links, passkeyUrl: "/ask", form: form({}, { reason: "passkey-needs-password" }) },
  }),
  "sign-in refused": sample(422, "accounts/sign-in", {
    ...links,
    form: form({ email, password: "typed secret" }, { reason: "credentials-refused" }),
  }),
  "sign-up": sample(200, "accounts/sign-up", { ...links, form: form() }),
  "sign-up refused": sample(422, "accounts/sign-up", {
    ...links,
    form: form(
      { email, password: "typed secret", given_name: "Zoé" },
      { field: "email_confirmation", reason: "email-mismatch" },
      { field: "password", reason: "password-too-short", details: { minimum: 12 } },
      { field: "family_name", reason: "family-name-missing" },
    ),
  }),
  "sign-up sent": sample(200, "accounts/sign-up-sent", {
    ...{ isWaiting: false, isRefused: false, signUpUrl: "/up" },
    email,
    resendAction: "/signup/resend",
    signInUrl: "/in",
    resent: false,
  }),
  "sign-up sent again": sample(200, "accounts/sign-up-sent", {
    ...{ isWaiting: false, isRefused: false, signUpUrl: "/up" },
    email,
    resendAction: "/signup/resend",
    signInUrl: "/in",
    resent: true,
  }),
  "sign-up sent too soon": sample(429, "accounts/sign-up-sent", {
    ...{ isWaiting: false, isRefused: false, signUpUrl: "/up" },
    email,
    resendAction: "/signup/resend",
    signInUrl: "/in",
    resent: false,
    waitSeconds: 45,
  }),
  "sign-up sent to a long address": sample(200, "accounts/sign-up-sent", {
    ...{ isWaiting: false, isRefused: false, signUpUrl: "/up" },
    email: longEmail,
    resendAction: "/signup/resend",
    signInUrl: "/in",
    resent: false,
  }),
  validate: sample(200, "accounts/validate", {
    isOfOneLanguage: true,
    otherLanguageUrl: "/validate/token?ui_locales=en",
    newPasswordUrl: "/new-password",
    email: longEmail,
    form: form(),
    passwordNeeded: false,
  }),
  "validate refused": sample(422, "accounts/validate", {
    isOfOneLanguage: true,
    otherLanguageUrl: "/validate/token?ui_locales=en",
    newPasswordUrl: "/new-password",
    email: longEmail,
    form: form({}, { field: "password", reason: "password-wrong" }),
    passwordNeeded: true,
  }),
  validated: sample(200, "accounts/validated", { signInUrl: "/in" }),
  recovery: sample(200, "accounts/recovery", { ...links, form: form() }),
  "recovery refused": sample(422, "accounts/recovery", {
    ...links,
    form: form({ email: "testM0" }, { field: "email", reason: "email-malformed" }),
  }),
  "sign-in delayed": sample(429, "accounts/sign-in", {
    ...links,
    form: form({ email }, { reason: "too-many-attempts", details: { seconds: 70 } }),
  }),
  "validate in another browser": sample(200, "accounts/validate", {
    isOfOneLanguage: true,
    otherLanguageUrl: "/validate/token?ui_locales=en",
    newPasswordUrl: "/new-password",
    email: longEmail,
    form: form(),
    passwordNeeded: true,
  }),
  "recovery sent": sample(200, "accounts/recovery-sent", {
    ...{ email, isRefused: false, signInUrl: "/in" },
  }),
  "recovery refused by the mailbox": sample(200, "accounts/recovery-sent", {
    ...{ email: longEmail, isRefused: true, signInUrl: "/in" },
  }),
  "new password": sample(200, "accounts/new-password", {
    validates: false,
    email: longEmail,
    form: form(),
  }),
  "new password refused": sample(422, "accounts/new-password", {
    validates: false,
    email: longEmail,
    form: form({}, { field: "password", reason: "password-guessable-word" }),
  }),
  "password changed": sample(200, "accounts/password-changed", { signInUrl: "/in" }),
  account: sample(200, "accounts/account", { ...account, done: "profile" }),
  "account of two thousand": sample(200, "accounts/account", {
    ...{ ...account, list: longList },
    waiting: { url: "/account/kept/1", formName: "/account/security/passkeys/:id/remove" },
  }),
  "account refused": sample(422, "accounts/account", {
    ...account,
    ...{ establishments: [], list: { ...shortList, found: 0, total: 0 } },
    form: form(
      { given_name: "", family_name: "Moulin" },
      { field: "given_name", reason: "given-name-missing" },
    ),
  }),
  "own password": sample(200, "accounts/password", { form: form(), email, backUrl: "/back" }),
  "own password refused": sample(422, "accounts/password", {
    form: form({}, { field: "current_password", reason: "current-password-wrong" }),
    email: longEmail,
    backUrl: "/back",
  }),
  "new browser": sample(200, "accounts/new-browser", {
    form: form(),
    email: longEmail,
    keepUrl: "/keep",
  }),
  "sessions ended": sample(200, "accounts/sessions-ended", {}),
  "change of address": sample(200, "accounts/email", {
    form: form(),
    currentEmail: longEmail,
    backUrl: "/back",
  }),
  "change of address refused": sample(422, "accounts/email", {
    form: form({ email }, { field: "current_password", reason: "current-password-wrong" }),
    currentEmail: longEmail,
    backUrl: "/back",
  }),
  "change of address sent": sample(200, "accounts/email-sent", {
    email: longEmail,
    backUrl: "/back",
  }),
  "new address": sample(200, "accounts/email-link", {
    ...{ form: form(), email: longEmail, asksPassword: true },
  }),
  "new address, corrected by staff": sample(200, "accounts/email-link", {
    ...{ form: form(), email: longEmail, asksPassword: false },
  }),
  "new address refused": sample(422, "accounts/email-link", {
    form: form({}, { field: "password", reason: "current-password-missing" }),
    ...{ email, asksPassword: true },
  }),
  "new address validated": sample(200, "accounts/email-changed", {
    email: longEmail,
    signInUrl: "/in",
  }),
  data: sample(200, "accounts/data", {
    signIns: [
      {
        at: "3 mars 2026 à 18:00",
        isAccepted: true,
        service: "Portail OF",
        network: "198.51.100.0/24",
      },
      { at: "2 mars 2026 à 08:12", isAccepted: false, network: "2001:db8:85a3::/48" },
    ],
    downloadUrl: "/download",
    deletionUrl: "/delete",
  }),
  "data without sign-in": sample(200, "accounts/data", {
    signIns: [],
    downloadUrl: "/download",
    deletionUrl: "/delete",
  }),
  deletion: sample(200, "accounts/deletion", { form: form(), email: longEmail, backUrl: "/back" }),
  "deletion refused": sample(422, "accounts/deletion", {
    form: form({}, { field: "current_password", reason: "current-password-wrong" }),
    email,
    backUrl: "/back",
  }),
  deleted: sample(200, "accounts/deleted", {}),
  "second factor": sample(200, "second-factors/check", {
    isSecret: true,
    mayReturn: true,
    form: form(),
    email,
    ...{ hasApplication: true, isStaff: false },
  }),
  "second factor by passkey": sample(200, "second-factors/check", {
    isSecret: true,
    form: form(),
    email,
    ...{ hasApplication: false, isStaff: false },
    passkey,
  }),
  "second factor by passkey alone, recovery code refused": sample(422, "second-factors/check", {
    isSecret: true,
    form: form({}, { field: "code", reason: "recovery-code-wrong" }),
    ...{ email: longEmail, hasApplication: false, isStaff: false, passkey, mayReturn: true },
  }),
  "second factor of staff": sample(200, "second-factors/check", {
    isSecret: true,
    ...{ form: form(), email, hasApplication: true, isStaff: true, passkey },
  }),
  "second factor refused": sample(422, "second-factors/check", {
    isSecret: true,
    form: form({}, { field: "code", reason: "code-wrong" }),
    email: longEmail,
    ...{ hasApplication: true, isStaff: false },
  }),
  "second factor delayed": sample(429, "second-factors/check", {
    isSecret: true,
    form: form({}, { reason: "too-many-attempts", details: { seconds: 61 } }),
    email,
    ...{ hasApplication: true, isStaff: false },
  }),
  confirm: sample(200, "accounts/confirm", {
    ...{ form: form({ email: longEmail }), recoveryUrl: "/recovery" },
    ...{ passkeyUrl: "/ask", isPasswordMissing: false },
  }),
  "confirm with the password, after a passkey": sample(200, "accounts/confirm", {
    ...{ form: form({ email: longEmail }), recoveryUrl: "/recovery", isPasswordMissing: true },
  }),
  "confirm refused": sample(422, "accounts/confirm", {
    form: form({ email }, { reason: "credentials-refused" }),
    ...{ recoveryUrl: "/recovery", isPasswordMissing: false },
  }),
  "enrolment code": sample(200, "second-factors/enrolment-code", {
    isSecret: true,
    form: form(),
    email: longEmail,
  }),
  "enrolment code refused": sample(422, "second-factors/enrolment-code", {
    isSecret: true,
    form: form({}, { field: "enrolment_code", reason: "enrolment-code-wrong" }),
    email,
  }),
  "second factor turned on": sample(200, "second-factors/enrolment", {
    isSecret: true,
    ...totpProposal,
    passkey,
    ...{ admission: "sealed", email: longEmail, mayReturn: true },
    form: form(),
  }),
  "second factor not turned on": sample(422, "second-factors/enrolment", {
    isSecret: true,
    ...{ ...totpProposal, backUrl: "/account/security" },
    form: form({}, { field: "code", reason: "code-wrong" }),
  }),
  security: sample(200, "second-factors/security", {
    ...security,
    isDone: true,
    application: { since: "3 mars 2026", removeAction: "/remove" },
    passkeys: [
      { name: "", since: "3 mars 2026", removeAction: "/remove/1" },
      {
        name: "Téléphone de Marie-Antoinette de La Rochefoucauld-Montmorency",
        since: "4 mars 2026",
        lastUsed: "5 mars 2026",
        removeAction: "/remove/2",
      },
    ],
    codesLeft: 9,
  }),
  "security without second factor": sample(200, "second-factors/security", security),
  "kept form": sample(
    200,
    "accounts/kept-form",
    keptForm("waiting", "/account/security/recovery-codes"),
  ),
  "kept form gone": sample(410, "accounts/kept-form", keptForm("gone")),
  "kept form not kept": sample(410, "accounts/kept-form", keptForm("not-kept")),
  "factor question": sample(200, "second-factors/factor-question", {
    ...{ form: form({ confirmed: "1" }), reason: "passkey", backUrl: "/back" },
    passkey: {
      name: "Téléphone de Marie-Antoinette de La Rochefoucauld-Montmorency",
      since: "4 mars 2026",
    },
    effects: [
      { name: "sessions", count: 3 },
      { name: "factors-left", count: 0 },
      { name: "codes-void", count: 9 },
      { name: "password-alone" },
    ],
  }),
  "factor question of the application": sample(200, "second-factors/factor-question", {
    ...{ form: form({ confirmed: "1" }), reason: "application", backUrl: "/back" },
    effects: [
      { name: "sessions", count: 0 },
      { name: "factors-left", count: 1 },
    ],
  }),
  "factor question of codes": sample(200, "second-factors/factor-question", {
    ...{ form: form({ confirmed: "1" }), reason: "codes", backUrl: "/back" },
    effects: [{ name: "codes-void", count: 9 }, { name: "codes-once" }],
  }),
  "last factor of staff": sample(200, "second-factors/last-factor", {
    ...{ form: form({ confirmed: "last" }), sessions: 2 },
    backUrl: "/back",
  }),
  "new passkey": sample(200, "second-factors/new-passkey", {
    isSecret: true,
    form: form(),
    passkey,
    backUrl: "/back",
  }),
  "new passkey refused": sample(422, "second-factors/new-passkey", {
    isSecret: true,
    form: form({}, { reason: "passkey-refused" }),
    passkey,
    backUrl: "/back",
  }),
  "recovery codes": sample(200, "second-factors/recovery-codes", {
    ...{ form: form(), codes, email: longEmail, saveUrl: "/save" },
  }),
  "recovery codes held already": sample(200, "second-factors/recovery-codes", {
    ...{ form: form(), codes: [], email, saveUrl: "/save" },
  }),
  "choice of establishment": sample(200, "provider/choose-establishment", {
    ...{ ...service, ...fewChoices, form: form({ q: "" }) },
  }),
  "choice of establishment refused": sample(422, "provider/choose-establishment", {
    ...{ ...service, ...fewChoices },
    form: form({ q: "" }, { field: "siret", reason: "siret-missing" }),
  }),
  "choice among two thousand establishments": sample(200, "provider/choose-establishment", {
    ...{ ...service, email: longEmail, form: form({ q: "" }) },
    ...{ establishments: manyEstablishments.slice(0, 20), total: 2000, found: 2000 },
    ...{ hasSearch: true, current: manyEstablishments[1] },
  }),
  // Somebody's own spelling: no place to break it, or from the right to the left.
  ...Object.fromEntries(
    ["شركة الاختبار للتكوين", "CENTRE-DE-FORMATION".replaceAll("-", "").repeat(9)].map(
      (name, index) => [
        `choice kept, of a name ${["from the right", "without a break"][index] ?? ""}`,
        sample(200, "provider/choose-establishment", {
          ...{ ...service, ...fewChoices, form: form({ q: "" }) },
          current: {
            siret: "55210055400013",
            formatted: "552 100 554 00013",
            name,
            isCurrent: true,
          },
        }),
      ],
    ),
  ),
  "choice that was looked for": sample(200, "provider/choose-establishment", {
    ...{ ...service, email: longEmail, form: form({ q: "beauvais" }) },
    ...{ establishments: manyEstablishments.slice(2, 4), total: 2000, found: 2, hasSearch: true },
  }),
  "no access": sample(200, "provider/no-access", {
    ...service,
    form: form(),
    spaceName: "OF",
    contactUrl: "https://www.lopcommerce.com",
    requests: [],
    isWaiting: false,
    notice: undefined,
  }),
  "no access, asked": sample(200, "provider/no-access", {
    ...service,
    form: form(),
    spaceName: "OF",
    contactUrl: "https://www.lopcommerce.com",
    requests,
    isWaiting: true,
    notice: {
      done: "asked",
      alreadyWaiting: ["356 000 000 00048"],
      alreadyOpen: ["552 081 317 66522", "418 166 096 00051"],
    },
  }),
  "no access, request refused": sample(422, "provider/no-access", {
    ...service,
    form: form(
      { sirets: "130 025 265 00014\n557246600026", message: "Bonjour" },
      {
        field: "sirets",
        reason: "piece-siret-checksum",
        details: { line: 1, typed: "130\u00a0025\u00a0265\u00a000014" },
      },
      {
        field: "sirets",
        reason: "piece-siret-short",
        details: { line: 2, typed: "557246600026", proposed: "00557246600026" },
      },
    ),
    spaceName: "OF",
    contactUrl: "https://www.lopcommerce.com",
    requests: [],
    isWaiting: false,
    notice: undefined,
  }),
  "access requests": sample(200, "establishments/access-requests", {
    form: form(),
    requests,
    notice: {
      done: "asked",
      alreadyWaiting: ["356 000 000 00048"],
      alreadyOpen: ["552 081 317 66522", "418 166 096 00051"],
    },
    email: longEmail,
    accountUrl: "/account",
  }),
  organisations: sample(200, "organisations/organisations", {
    organisations: [
      { formatted: "130 025 265", url: "/o/1" },
      { formatted: "356 000 000", url: "/o/2" },
    ],
    accountUrl: "/account",
  }),
  organisation: sample(200, "organisations/organisation", {
    ...{ formatted: "130 025 265", form: form(), closeAction: "/close", done: "open" },
    colleagues: [
      { ...{ name: "Zoé Moulin", email, siret: "13002526500013" }, formatted: "130 025 265 00013" },
      {
        ...{ name: "Marie-Antoinette de La Rochefoucauld-Montmorency", email: longEmail },
        ...{ siret: "13002526500013", formatted: "130 025 265 00013" },
        establishment:
          "Groupement interprofessionnel pour le développement de la formation et de l'apprentissage",
      },
    ],
    ...{ previousUrl: "/p/1", nextUrl: "/p/3", backUrl: "/back" },
    requests: [
      {
        ...{ kind: "close", email: longEmail, formatted: "130 025 265 00013", state: "refused" },
        ...{ asked: "3 mars 2026", reason: "Cette personne travaille encore chez vous" },
      },
      {
        ...{ kind: "open", email, formatted: "130 025 265 00013", state: "waiting" },
        asked: "4 mars 2026",
      },
    ],
  }),
  "organisation refused": sample(422, "organisations/organisation", {
    form: form(
      { email: "x", sirets: "rien", message: "m" },
      { field: "email", reason: "email-malformed" },
      { field: "sirets", reason: "siret-elsewhere" },
      { reason: "colleague-requests-waiting", details: { maximum: 50 } },
    ),
    ...{ formatted: "130 025 265", closeAction: "/close", backUrl: "/back" },
    ...{ colleagues: [], requests: [] },
  }),
  "access requests refused": sample(422, "establishments/access-requests", {
    form: form(
      { sirets: "rien", message: "trop long" },
      { field: "sirets", reason: "sirets-missing" },
      { field: "message", reason: "message-too-long", details: { maximum: 2000 } },
    ),
    requests: [],
    notice: undefined,
    email,
    accountUrl: "/account",
  }),
  "access requests full": sample(422, "establishments/access-requests", {
    form: form(
      { sirets: "552 100 554 00013" },
      { reason: "requests-waiting", details: { maximum: 3 } },
    ),
    requests,
    notice: undefined,
    email,
    accountUrl: "/account",
  }),
  consent: sample(200, "provider/consent", {
    form: form(),
    clientName: "Comptabilité Plus",
    clientUri: "https://compta.example",
    scopes: [
      "openid",
      "profile",
      "email",
      "siret",
      "establishment",
      "establishments",
      "offline_access",
    ],
    services: [{ name: "Formations", scopes: ["courses:read", "courses:write"] }],
    email,
  }),
  "sign-up waiting": sample(200, "accounts/sign-up-sent", {
    ...{ isWaiting: true, isRefused: true, signUpUrl: "/up", email: longEmail },
    ...{ resendAction: "/again", signInUrl: "/in", resent: false },
  }),
  "password of a sign-up": sample(200, "accounts/new-password", {
    ...{ validates: true, form: form(), email: longEmail },
  }),
  applications: sample(200, "provider/applications", {
    isDone: true,
    withdrawAction: "/sent-here",
    applications: [
      {
        ...{ clientId: "portal", name: "Portail OF", isFirstParty: true },
        data: ["openid", "profile", "email", "siret"],
        services: [],
        ...{ since: "3 mars 2026", lastUsed: "4 mars 2026 à 08:12" },
      },
      {
        ...{ clientId: "compta", name: "Comptabilité Plus", isFirstParty: false },
        uri: "https://compta.example",
        data: ["openid", "email", "establishments", "offline_access"],
        services: [{ name: "Formations", scopes: ["courses:read"] }],
        since: "2 mars 2026",
      },
    ],
  }),
  "no applications": sample(200, "provider/applications", {
    ...{ isDone: false, withdrawAction: "/sent-here", applications: [] },
  }),
  "sign-out": sample(200, "provider/sign-out", { action: "/end", asked: {}, xsrf: "x-1" }),
  "sign-out for a service": sample(200, "provider/sign-out", {
    action: "/end",
    asked: { client_id: "portal", post_logout_redirect_uri: "/portal" },
    xsrf: "x-1",
    serviceName: "Portail OF",
  }),
  leaving: sample(200, "provider/leaving", {
    isOfOneLanguage: true,
    // An application that is not installed: the browser stays.
    onwardUrl: "com.example.app:/callback?code=a&state=b",
    serviceName: "Portail OF",
  }),
  "sent as a form": sample(200, "provider/form-post", {
    isOfOneLanguage: true,
    action: "/portal",
    fields: { code: "a", state: "b" },
    serviceName: "Portail OF",
  }),
  "signed out": sample(200, "provider/signed-out", { continueUrl: "/portal" }),
  "signed out of a service": sample(200, "provider/signed-out", {
    continueUrl: "/portal",
    serviceName: "Portail OF",
  }),
  "request expired": sample(400, "provider/interrupted", {
    continueUrl: "/portal",
    reason: "expired",
    serviceName: "Portail OF",
  }),
  "request of another browser": sample(400, "provider/interrupted", {
    continueUrl: "/portal",
    reason: "foreign",
  }),
  "legal notice": sample(200, "web/legal", {
    publisher: {
      ...{ name: "L'Opcommerce", address: "251 boulevard Pereire, 75017 Paris" },
      ...{ registration: "SIREN 130 025 265", director: "Jeanne Martin", email },
    },
    host: { name: "Un hébergeur", address: "2 rue Kellermann, Roubaix", telephone: "09 72 10" },
  }),
  "legal notice that is missing": sample(200, "web/legal", {
    publisher: undefined,
    host: undefined,
  }),
  accessibility: sample(200, "web/accessibility", {
    state: "partial",
    statement: {
      ...{ date: "2 novembre 2026", derogations: ["Le QR code, dont le secret est dit en texte."] },
      audit: { by: "Ceux qui auditent", date: "15 octobre 2026", percent: 82 },
      contact: longEmail,
    },
  }),
  "accessibility without a statement": sample(200, "web/accessibility", {
    state: "none",
    statement: undefined,
  }),
  "personal data as the operator words it": sample(200, "web/privacy", {
    kept: [{ name: "sessions", unit: "hours", count: 12 }],
    said: {
      controller: { name: "L'Opcommerce", address: "251 boulevard Pereire, 75017 Paris" },
      dpo: { email: longEmail, address: "251 boulevard Pereire, 75017 Paris" },
      purposes: [{ purpose: "Vous connecter aux services", basis: "mission d'intérêt public" }],
      recipients: ["Les agents habilités de l'Opcommerce"],
      transfers: "Aucun transfert hors de l'Union européenne.",
      obligation: "Sans adresse email, aucun compte ne peut être créé.",
      automated: "Aucune décision n'est prise de manière automatisée.",
    },
  }),
  privacy: sample(200, "web/privacy", {
    said: undefined,
    kept: [
      { name: "unvalidatedSignUps", unit: "days", count: 7 },
      { name: "inactiveAccounts", unit: "months", count: 24 },
      { name: "sessions", unit: "hours", count: 12 },
    ],
  }),
  "maintenance, a form": sample(503, "web/error", {
    ...error,
    ...{ status: 503, code: "maintenance", until: "lundi 30 novembre 2026 à 06:00" },
    again: { method: "post", action: "/signup", fields: [{ name: "email", value: "a@b.test" }] },
  }),
  "maintenance, a page": sample(503, "web/error", {
    ...error,
    ...{ status: 503, code: "maintenance", until: "lundi 30 novembre 2026 à 06:00" },
    again: { method: "get", action: "/signup", fields: [] },
  }),
  "OAuth error": sample(400, "web/error", {
    ...error,
    status: 400,
    oauthError: {
      error: "invalid_redirect_uri",
      description: "redirect_uri did not match any of the client's registered redirect_uris",
      helpUrl: "/docs/errors#invalid_redirect_uri",
      parameters: { client_id: "portal", scope: "openid" },
      mismatch: {
        parameter: "redirect_uri",
        received: "https://portail.example/callback/",
        differences: [
          {
            registered: "https://portail.example/callback",
            position: 33,
            receivedCharacter: "U+002F /",
            registeredCharacter: undefined,
          },
        ],
      },
    },
  }),
  ...Object.fromEntries(
    (["none-open", "access-open", "second-factor", "consent"] as const).map((reason) => [
      `settled ${reason}`,
      sample(200, "provider/settled", { action: "/sent-here", serviceName: "Portail OF", reason }),
    ]),
  ),
  "list of errors": sample(200, "provider/errors", {
    errors: ["invalid_redirect_uri", "invalid_grant"],
  }),
  ...Object.fromEntries(
    [400, 403, 404, 405, 413, 415, 418, 429, 431, 500, 502, 503].map((status) => [
      `error ${String(status)}`,
      sample(status, "web/error", { ...error, status, retryAfterSeconds: 30 }),
    ]),
  ),
  "sign-up done elsewhere": sample(200, "accounts/link-refused", {
    ...{ purpose: "validation", reason: "done", nextKind: "sign-in", nextUrl: "/in" },
  }),
  ...Object.fromEntries(
    (["validation", "recovery", "email", "alert"] as const).flatMap((purpose) =>
      (["expired", "used", "unknown"] as const).map((reason) => [
        `${purpose} link ${reason}`,
        sample(410, "accounts/link-refused", {
          purpose,
          reason,
          nextUrl: "/next",
          nextKind:
            reason === "used" && !["email", "alert"].includes(purpose)
              ? "sign-in"
              : nextKinds[purpose],
        }),
      ]),
    ),
  ),
};
