import type { Problem } from "../../src/foundation/index.ts";
import { barsOf, chartSize } from "../../src/backoffice/day-charts.ts";
import type { DayCharts } from "../../src/backoffice/work-page-models.ts";
import type { PageModels } from "../../src/web/index.ts";
import type { KeptFormState } from "../../src/accounts/page-models.ts";
import type { ListedStream } from "../../src/backoffice/admin-page-models.ts";
import type { StaffFrame } from "../../src/backoffice/staff-frame.ts";
import type { ListedAct } from "../../src/backoffice/work-page-models.ts";
import { clientEditStates } from "./client-edit-states.ts";
import { staffOrganisationStates } from "./staff-organisation-states.ts";
import { staffQuestionStates } from "./staff-question-states.ts";
import { staffRequestPageStates } from "./staff-request-page-states.ts";

type StaffPage = Extract<keyof PageModels, `backoffice/${string}`>;

function state<Name extends StaffPage>(
  status: number,
  name: Name,
  model: Omit<PageModels[Name], "staff">,
) {
  return { status, name, model: { ...model, staff } as PageModels[Name] };
}

const staff: StaffFrame = {
  name: "Maximilienne Rochefoucauldmontmorencydelatourdauvergne",
  role: "admin",
  section: "accounts",
  waiting: "99+",
  links: [
    { name: "accounts", url: "/admin" },
    { name: "requests", url: "/admin/requests" },
    { name: "import", url: "/admin/import" },
    { name: "audit", url: "/admin/audit" },
    { name: "clients", url: "/admin/clients" },
    { name: "outbox", url: "/admin/outbox" },
    { name: "members", url: "/admin/members" },
  ],
  signOutUrl: "/out",
};

function form(values: Record<string, string> = {}, ...problems: Problem[]) {
  return { action: "/sent-here", values, problems };
}

/** A form that waited, or did not. */
export function keptForm(reason: KeptFormState, formName?: string) {
  return { reason, formName, about: longEmail, action: "/kept/1", backUrl: "/back" };
}

const email = "zoe.moulin@centre-de-formation.example";
const longEmail =
  "marie-antoinette.de-la-rochefoucauld-montmorency@formation-professionnelle-continue-du-commerce.example";
const longName =
  "Groupement interprofessionnel pour le développement de la formation et de l'apprentissage dans les métiers du commerce de détail et de gros";
const bakery = { formatted: "552 081 317 66522", name: "Boulangerie d'Été & Fils" };
const mill = { formatted: "418 166 096 00051", name: longName };
const unnamed = { formatted: "356 000 000 00048" };
const backUrl = "/back";

const open = {
  ...{ openedAt: "03/03/2026", openedBy: "Camille Agent", openedFor: "Convention 2026-118" },
  closeUrl: "/close",
};
const signIn = {
  ...{ at: "25/11/2026 22:03:04", event: "signed-in", seq: 1412, network: "192.0.2.0/24" },
};

const seenScope = (scope: string, claims: string) => ({
  ...{ scope, claims, more: 0, isUserinfoAlone: false },
});

const seenFrom = { browser: "Firefox", system: "Windows", network: "192.0.2.0/24" };

const importedLines = [
  { line: "2", email, ...bakery, until: "31/01/2027" },
  { line: "3", email: longEmail, ...mill },
];
const importPreview = {
  ...{ correctAction: "/again", rejectedAction: "/rejected", isShort: true, taken: [] },
  ...{ count: 1412, people: 700, alreadyOpen: 12, problemCount: 0 },
  ...{ leftCount: 0, withoutAccount: 0, addresses: 0, rightCount: 1412 },
  ...{ verdicts: [], problems: [], unknownColumns: [], unreadColumns: [], unreadSheets: [] },
  mailed: [{ email, count: 2 }],
};

/** A list that one page shows, and the middle of one that takes forty. */
export const shortList = {
  ...{ action: "/list", q: "", hasSearch: false, found: 2, total: 2, page: 1, pages: 1 },
};
export const longList = {
  ...{ action: "/list", q: "", hasSearch: true, found: 2000, total: 2000, page: 2, pages: 40 },
  ...{ previousUrl: "/list?page=1", nextUrl: "/list?page=3" },
};

const account = {
  account: {
    sub: "q83n2mX0aPz7Lk1bYt5eWg",
    ...{ email, name: "Zoé Moulin", state: "active" as const, language: "fr" },
    ...{ created: "03/03/2026 18:00:12", validated: "03/03/2026 18:02:40", service: "Portail OF" },
  },
  acts: {
    ...{ openUrl: "/open", closeUrl: "/close", disableUrl: "/disable", recovery: "/recovery" },
    ...{ endSessionsUrl: "/end", deleteUrl: "/delete", emailUrl: "/email", resetUrl: "/reset" },
  },
  ...{ claimsUrl: "/claims", seenUrl: "/seen" },
  factors: {
    application: "03/03/2026",
    passkeys: [
      { name: longName, since: "03/03/2026", lastUsed: "25/11/2026" },
      { name: undefined, since: "04/03/2026" },
    ],
    codesLeft: 8,
  },
  requests: [
    { url: "/r/1", asked: "03/03/2026 18:00:12", establishments: "552 081 317 66522", more: 3 },
    { url: "/r/2", asked: "04/03/2026 18:00:12", establishments: "418 166 096 00051", more: 0 },
  ],
  auditUrl: "/audit",
  openList: shortList,
  pastList: shortList,
  open: [
    { ...open, ...bakery, until: "31/01/2027" },
    { ...open, ...mill, openedBy: "operator", openedFor: undefined },
  ],
  past: [
    { ...open, ...unnamed, closedAt: "01/06/2026", closedBy: "until-date" },
    {
      ...{ ...open, ...bakery, closedAt: "02/06/2026", closedBy: "Camille Agent" },
      closedFor: "Fin de la convention, à la demande du partenaire par courrier du 28 mai",
    },
  ],
  signIns: [
    { ...signIn, outcome: "accepted", clientId: "portail-partenaire" },
    { ...signIn, outcome: "refused", why: "credentials-refused" },
  ],
  sessions: [
    { since: "25/11/2026 22:03:04", services: "Portail OF", endAction: "/end/1", ...seenFrom },
    { since: "24/11/2026 08:12:00", services: "", endAction: "/end/2" },
  ],
  mails: [
    {
      ...{ subjectKey: "mail.access-opened.subject", state: "sent" as const, attempts: "1" },
      ...{ asked: "03/03/2026 18:10:00", ended: "03/03/2026 18:10:02" },
      again: { action: "/again", name: "establishments/access-opened" },
    },
    {
      ...{ subjectKey: "mail.recovery.subject", state: "failed" as const, attempts: "11" },
      ...{ asked: "03/04/2026 18:10:00", ended: "04/04/2026 18:10:02", error: "recipient-refused" },
    },
    {
      ...{ subjectKey: "mail.validation.subject", state: "waiting" as const, attempts: "0" },
      asked: "03/04/2026 18:10:00",
    },
  ],
};

const listed = [
  {
    ...{ url: "/a", name: "Zoé Moulin", email, state: "active" as const, since: "03/03/2026" },
    role: "agent",
  },
  {
    ...{ url: "/b", name: "Marie-Antoinette de La Rochefoucauld-Montmorency", email: longEmail },
    ...{ state: "disabled" as const, since: "03/03/2026" },
  },
];

const acts: ListedAct[] = [
  {
    ...{ at: "25/11/2026 22:03:04", isRefused: false, typed: "Vu au guichet", seq: 1412 },
    sentence: [
      { text: "Zoé Moulin", url: "/a" },
      { text: " (agent) a ouvert l'accès de 552 081 317 66522 (" },
      { text: longName },
      { text: ") à " },
      { text: "Marie-Antoinette de La Rochefoucauld-Montmorency", url: "/b" },
      { text: "." },
    ],
    machine: [
      { name: "event", value: "access-opened" },
      { name: "sub", value: "q83n2mX0aPz7Lk1bYt5eWg", beside: "Zoé Moulin" },
      { name: "details", value: `{"siret":"${"55208131766522".repeat(5)}"}` },
    ],
  },
  {
    ...{ at: "25/11/2026 22:03:01", isRefused: true, why: "credentials-refused", seq: 1411 },
    sentence: [{ text: "Connexion refusée à quelqu'un sans compte." }],
    machine: [{ name: "network", value: "192.0.2.0/24" }],
  },
  {
    ...{ at: "25/11/2026 22:03:00", isRefused: false, why: "newer-reason", seq: 1410 },
    sentence: [{ text: "newer-event" }],
    machine: [],
  },
];

const preview = {
  form: form({
    siret_list: "552 081 317 66522\n418 166 096 00051",
    reason: "Convention 2026-118",
    until: "2027-01-31",
    sirets: "55208131766522 41816609600051",
  }),
  correctAction: "/again",
  email,
  until: "31/01/2027",
  toOpen: [bakery, mill],
  alreadyOpen: [unnamed],
  unread: {
    wrongCount: 1412,
    wrong: [
      { line: "2", typed: "13002526500014", problem: "siret-checksum" as const },
      { line: "3", typed: "1,30025E+13", problem: "siret-rounded" as const },
      {
        ...{ line: "4", typed: "557246600026", problem: "siret-short" as const },
        proposed: { field: "proposed-00557246600026", formatted: "005 572 466 00026" },
      },
    ],
    others: [
      { line: "1", text: "Bonjour, voici nos établissements :" },
      { line: "5", text: "75007 Paris" },
    ],
  },
  backUrl,
};

const client = {
  ...{ url: "/c", name: "Comptabilité Plus", clientId: "portail-partenaire" },
  ...{ source: "registered" as const, state: "enabled" as const },
};
const stream: ListedStream = {
  ...{ url: "/s", id: "q83n2mX0aPz7Lk1bYt5eWg", client: "Comptabilité Plus", waiting: 13 },
  ...{ clientId: "portail-partenaire", delivery: "poll", status: "enabled" },
};
const clientProblem = {
  ...{ field: "redirect_uris[0]", rule: "must be an https address", found: '"ftp://x"' },
};
const clientDetails = {
  metadata: JSON.stringify(
    { client_id: "compta", redirect_uris: [`https://compta.example/${"callback".repeat(12)}`] },
    undefined,
    2,
  ),
  ...{ secrets: 2, registeredAt: "03/03/2026 18:00:12", registeredBy: "operator", problems: [] },
};

/** Three charts: a saw, a quiet quarter with one peak, and one in which nothing was. */
function ninetyDays(): DayCharts {
  const numbers = {
    signIns: Array.from({ length: 90 }, (_, day) => (day % 7) * 120),
    refusals: Array.from({ length: 90 }, (_, day) => (day === 60 ? 13_452 : day % 2)),
    accounts: Array.from({ length: 90 }, () => 0),
  };
  const names = ["signIns", "refusals", "accounts"] as const;
  return {
    charts: names.map((name) => ({
      ...{ name, path: barsOf(numbers[name]), ...chartSize },
      most: String(Math.max(...numbers[name])),
      description: "32 760 en 90 jours. Le plus en un jour\u00a0: 720, le 12/10/2026.",
    })),
    ...{ first: "01/09/2026", last: "29/11/2026" },
    rows: Array.from({ length: 90 }, (_, day) => ({
      day: `${String((day % 30) + 1).padStart(2, "0")}/11/2026`,
      cells: names.map((name) => {
        const count = numbers[name][89 - day] ?? 0;
        return { name, count: String(count), url: count === 0 ? undefined : `/d/${name}/${day}` };
      }),
    })),
  };
}

/** Every page of the back office, fresh and refused. */
export const staffPageStates = {
  ...staffRequestPageStates(staff),
  ...staffQuestionStates(staff),
  ...clientEditStates(staff),
  ...staffOrganisationStates(staff),
  "staff: newest accounts": state(200, "backoffice/staff-search", {
    form: form({ q: "" }),
    waiting: { url: "/admin/kept/1", formName: "/admin/accounts/:sub/open" },
    work: [
      { name: "requests", count: 128, url: "/w/1" },
      { name: "requests-2", count: 12, url: "/w/2" },
      { name: "requests-7", count: 0, url: "/w/3" },
      { name: "invitations", count: 1412, url: "/w/4" },
      { name: "endings", count: 7, url: "/w/5" },
      { name: "sign-ups", count: 0, url: "/w/6" },
      { name: "letters", count: 3, url: "/w/7" },
    ],
    days: ninetyDays(),
    accounts: listed,
    pending: [],
    invitationsUrl: "/invitations",
    exportUrl: "/export",
    nextUrl: "/next",
    done: "deleted",
  }),
  "staff: pending sign-ups": state(200, "backoffice/staff-search", {
    form: form({ q: email }),
    accounts: [],
    pending: [
      { name: "Zoé Moulin", email, since: "03/03/2026 18:00:12", resendAction: "/resend" },
      { name: "Zoé M.", email: longEmail, since: "03/03/2026 18:00:12" },
    ],
    invitationsUrl: "/invitations",
  }),
  "staff: address without account": state(200, "backoffice/staff-search", {
    form: form({ q: longEmail }),
    accounts: [],
    pending: [],
    invitationsUrl: "/invitations",
    unknownEmail: longEmail,
    inviteUrl: "/invite",
  }),
  "staff: nothing found": state(200, "backoffice/staff-search", {
    form: form({ q: "zzz" }),
    accounts: [],
    pending: [],
    invitationsUrl: "/invitations",
  }),
  "staff: search refused": state(422, "backoffice/staff-search", {
    form: form({ q: "zo" }, { field: "q", reason: "search-too-short", details: { minimum: 3 } }),
    accounts: [],
    pending: [],
    invitationsUrl: "/invitations",
  }),
  "staff: accesses that end": state(200, "backoffice/staff-endings", {
    endings: [
      {
        ...{ email, url: "/a", ...bakery, openedAt: "03/03/2026", until: "12/12/2026" },
        ...{ why: "Convention 2026-118", closeUrl: "/close" },
      },
      { email: longEmail, url: "/b", ...mill, openedAt: "04/03/2026", until: "13/12/2026" },
    ],
    ...{ nextUrl: "/next", backUrl },
  }),
  "staff: no access ends": state(200, "backoffice/staff-endings", { endings: [], backUrl }),
  "staff: sign-ups stuck": state(200, "backoffice/staff-sign-ups", {
    pending: [
      { name: "Zoé Moulin", email, since: "03/03/2026 18:00:12", resendAction: "/resend" },
      { name: longName, email: longEmail, since: "03/03/2026 18:00:12", resendAction: "/again" },
    ],
    ...{ nextUrl: "/next", backUrl },
  }),
  "staff: no sign-up stuck": state(200, "backoffice/staff-sign-ups", { pending: [], backUrl }),
  "staff: account": state(200, "backoffice/staff-account", account),
  "staff: account changed": state(200, "backoffice/staff-account", {
    ...account,
    account: {
      ...{ ...account.account, email: longEmail, state: "disabled", role: "reader" },
      newEmail: { email: longEmail, byStaff: true },
    },
    acts: { enable: "/enable", closeUrl: "/close", deleteUrl: "/delete" },
    done: "opened",
    changed: 3,
    unchanged: 1,
  }),
  "staff: account of two thousand": state(200, "backoffice/staff-account", {
    ...account,
    ...{ openList: longList, pastList: { ...longList, page: 1, previousUrl: undefined } },
  }),
  "staff: account empty": state(200, "backoffice/staff-account", {
    ...account,
    ...{ acts: {}, untouchable: "own" as const, open: [], past: [] },
    openList: { ...shortList, found: 0, total: 0 },
    ...{ signIns: [], sessions: [], mails: [], factors: { passkeys: [], codesLeft: 0 } },
  }),
  "staff: factor reset": state(200, "backoffice/staff-factor-reset", {
    ...{
      form: form({ reason: "" }),
      subject: `${longName} · ${longEmail}`,
      isStaff: true,
      backUrl,
    },
    effects: ["factors", "recovery-codes", "sessions"].map((name) => ({ name, count: 2 })),
  }),
  "staff: factor reset refused": state(422, "backoffice/staff-factor-reset", {
    form: form({ reason: "" }, { field: "reason", reason: "reason-missing" }),
    ...{ subject: email, isStaff: false, effects: [], backUrl },
  }),
  "staff: address": state(200, "backoffice/staff-email", {
    ...{ form: form(), subject: `${longName} · ${longEmail}`, backUrl },
  }),
  "staff: address refused": state(422, "backoffice/staff-email", {
    form: form(
      { email: longEmail, email_confirmation: email, reason: "" },
      { field: "email", reason: "email-taken" },
      { field: "reason", reason: "reason-missing" },
    ),
    ...{ subject: email, backUrl },
  }),
  "staff: seen": state(200, "backoffice/staff-seen", {
    ...{ form: form({ client: "portal" }), email: longEmail, client: "Portail OF", backUrl },
    clients: [{ value: "portal", label: "Portail OF" }],
    steps: [
      ...[{ name: "password" }, { name: "factor" }, { name: "choice", count: 12 }],
      ...[
        { name: "consent", service: longName },
        { name: "back", service: longName },
      ],
    ],
    establishments: [
      { value: "41816609600051", label: `418 166 096 00051 ${longName}` },
      { value: "13002526500013", label: `130 025 265 00013 ${"CENTREDEFORMATION".repeat(10)}` },
    ],
  }),
  "staff: seen, their own": state(200, "backoffice/staff-seen", {
    ...{ form: form(), email, clients: [], establishments: [], backUrl },
    steps: [{ name: "password" }, { name: "account", count: 3 }],
  }),
  "staff: opening": state(200, "backoffice/staff-opening", { form: form(), email, backUrl }),
  "staff: opening refused": state(422, "backoffice/staff-opening", {
    form: form(
      { siret_list: "le 3 mars", reason: "", until: "2020-01-01" },
      { field: "siret_list", reason: "siret-list-empty" },
      { field: "until", reason: "until-passed" },
      { field: "reason", reason: "reason-missing" },
    ),
    email: longEmail,
    backUrl,
  }),
  "staff: opening preview": state(200, "backoffice/staff-opening-preview", preview),
  "staff: opening preview of nothing": state(200, "backoffice/staff-opening-preview", {
    ...preview,
    until: undefined,
    toOpen: [],
  }),
  "staff: closing": state(200, "backoffice/staff-closing", {
    form: form(),
    email,
    list: shortList,
    all: { checked: false },
    accesses: [
      { ...bakery, field: "siret-55208131766522", checked: true },
      { ...mill, field: "siret-41816609600051", checked: false },
    ],
    backUrl,
  }),
  "staff: closing refused": state(422, "backoffice/staff-closing", {
    form: form(
      { reason: "" },
      { field: "siret", reason: "siret-missing" },
      { field: "reason", reason: "reason-missing" },
    ),
    email,
    list: { ...shortList, found: 1, total: 1 },
    accesses: [{ ...bakery, field: "siret-55208131766522", checked: false }],
    backUrl,
  }),
  "staff: closing of two thousand": state(200, "backoffice/staff-closing", {
    form: form({ reason: "" }),
    email: longEmail,
    list: longList,
    all: { checked: true },
    accesses: [
      { ...bakery, field: "siret-55208131766522", checked: false },
      { ...mill, field: "siret-41816609600051", checked: false },
    ],
    backUrl,
  }),
  "staff: closing preview": state(200, "backoffice/staff-closing-preview", {
    isOfOneLanguage: true,
    ...{ action: "/close", email: longEmail, count: 2000, accesses: [bakery, mill] },
    sent: { q: "", reason: "Fin de la convention", all: "on", confirmed: "digest" },
  }),
  "staff: export": state(200, "backoffice/staff-export", {
    tables: ["accounts", "accesses", "invitations", "requests"].map((name) => ({
      ...{ name, csvAction: `/${name}/csv`, jsonAction: `/${name}/jsonl` },
    })),
  }),
  "staff: audit": state(200, "backoffice/staff-audit", {
    form: form({ person: email, event: "signed-in" }),
    events: ["signed-in", "access-opened"],
    ...{ outcomes: ["accepted", "refused"], keptMonths: 12 },
    entries: acts,
    ...{ nextUrl: "/next", csvUrl: "/csv", jsonUrl: "/json" },
  }),
  "staff: audit without events": state(200, "backoffice/staff-audit", {
    form: form(),
    ...{ events: ["signed-in"], outcomes: ["accepted", "refused"], keptMonths: 12 },
    entries: [],
    ...{ csvUrl: "/csv", jsonUrl: "/json" },
  }),
  "staff: audit refused": state(422, "backoffice/staff-audit", {
    form: form(
      { person: "x y", since: "2027-02-30" },
      { field: "person", reason: "email-malformed" },
      { field: "event", reason: "event-unknown" },
      { field: "outcome", reason: "outcome-unknown" },
      { field: "siret", reason: "siret-checksum" },
      { field: "actor", reason: "actor-unknown" },
      { field: "since", reason: "day-malformed" },
    ),
    ...{ events: ["signed-in"], outcomes: ["accepted", "refused"], keptMonths: 12 },
    entries: [],
  }),
  "staff: claims": state(200, "backoffice/staff-claims", {
    form: form({ client: "portal", siret: "55208131766522", q: "boulangerie" }),
    email: longEmail,
    clients: [{ value: "portal", label: "Portail OF" }],
    establishments: [
      { value: "55208131766522", label: "552 081 317 66522 Boulangerie" },
      { value: "41816609600051", label: `418 166 096 00051 ${longName}` },
    ],
    search: { found: 212, total: 2000 },
    seen: {
      ...{ client: "Portail OF", refused: false, inIdToken: false },
      scopes: [
        seenScope("openid", '{\n  "sub": "q83n2mX0aPz7Lk1bYt5eWg"\n}'),
        seenScope("email", `{\n  "email": "${longEmail}",\n  "email_verified": true\n}`),
        seenScope("siret", ""),
        {
          ...seenScope("establishments", '{\n  "establishments": [\n    "…"\n  ]\n}'),
          ...{ more: 1980, isUserinfoAlone: true },
        },
      ],
    },
    backUrl,
  }),
  "staff: claims of nobody": state(200, "backoffice/staff-claims", {
    form: form({ client: "portal" }),
    email,
    clients: [{ value: "portal", label: "Portail OF" }],
    establishments: [],
    seen: { client: "Portail OF", refused: true, inIdToken: true, scopes: [] },
    backUrl,
  }),
  "staff: claims of no client yet": state(200, "backoffice/staff-claims", {
    ...{ form: form(), email, clients: [{ value: "portal", label: "Portail OF" }], backUrl },
    establishments: [],
  }),
  "staff: clients": state(200, "backoffice/staff-clients", {
    newUrl: "/new",
    signalsUrl: "/signals",
    clients: [
      { ...client, source: "declared" },
      { ...client, clientId: "compta", name: longName, state: "disabled" },
      { ...client, clientId: "vieux", name: "Ancien client", state: "invalid" },
    ],
    done: "removed",
  }),
  "staff: client": state(200, "backoffice/staff-client", {
    client: { ...client, ...clientDetails },
    secret: "Zk1bYt5eWgq83n2mX0aPz7LZk1bYt5eWgq83n2mX0aP",
    done: "registered",
    acts: {
      ...{ editUrl: "/edit", rotateUrl: "/rotate", disableUrl: "/disable", removeUrl: "/remove" },
    },
    backUrl,
  }),
  "staff: client declared": state(200, "backoffice/staff-client", {
    client: {
      ...{ ...client, ...clientDetails, source: "declared" as const, state: "invalid" as const },
      problems: [clientProblem],
      declaredAt: { file: "/etc/lopauth/config/clients.json", place: 12 },
    },
    acts: { enable: "/enable" },
    backUrl,
  }),
  "staff: new client": state(200, "backoffice/staff-client-new", {
    ...{ form: form({ metadata: clientDetails.metadata }), found: [], backUrl },
  }),
  "staff: new client refused": state(422, "backoffice/staff-client-new", {
    form: form({ metadata: "{}" }, { field: "metadata", reason: "client-refused" }),
    found: [clientProblem],
    backUrl,
  }),
  "staff: signals": state(200, "backoffice/staff-signals", {
    transmitter: {
      url: "https://auth.lopcommerce.test/.well-known/ssf-configuration",
      metadata: JSON.stringify({ spec_version: "1_0", issuer: "https://auth.test" }, undefined, 2),
    },
    streams: [
      stream,
      { ...stream, client: longName, clientId: "compta", delivery: "push", status: "paused" },
      { ...stream, client: "Ancien client", clientId: "vieux", status: "disabled" },
    ],
    backUrl,
  }),
  "staff: signals off": state(200, "backoffice/staff-signals", {
    ...{ transmitter: undefined, streams: [], backUrl },
  }),
  "staff: signal stream": state(200, "backoffice/staff-signal-stream", {
    stream: {
      ...{ ...stream, created: "03/03/2026 18:00:12", statusBy: "receiver" as const },
      description: `Récepteur de ${longName}`,
      events: ["session-revoked", "token-claims-change", "account-disabled", "identifier-changed"],
    },
    waiting: [
      { name: "credential-change", count: 12, since: "25/11/2026 22:03:04" },
      { name: "verification", count: 1, since: "25/11/2026 22:04:04" },
    ],
    ...{ done: "resumed", acts: { pause: "/pause" }, backUrl },
  }),
  "staff: signal stream paused": state(200, "backoffice/staff-signal-stream", {
    stream: {
      ...{ ...stream, created: "03/03/2026 18:00:12", statusBy: "staff" as const },
      ...{ status: "paused", reason: "too much waits", events: [], waiting: 0 },
    },
    ...{ waiting: [], done: "paused", acts: { resume: "/resume" }, backUrl },
  }),
  "staff: signal stream stopped by its receiver": state(200, "backoffice/staff-signal-stream", {
    stream: {
      ...{ ...stream, created: "03/03/2026 18:00:12", statusBy: "receiver" as const },
      ...{ status: "disabled", events: ["session-revoked"], waiting: 0 },
    },
    ...{ waiting: [], acts: {}, backUrl },
  }),
  "staff: outbox": state(200, "backoffice/staff-outbox", {
    form: form({ kind: "mail", state: "", destination: "partenaire.test" }),
    kinds: ["mail", "back-channel-logout", "webhook"],
    states: ["waiting", "failed", "sent"],
    entries: [
      {
        ...{ channel: "mail", name: "accounts/validation", subjectKey: "mail.validation.subject" },
        ...{ state: "waiting", added: "25/11/2026 22:03:04", next: "25/11/2026 23:03:04" },
        ...{ attempts: "6", error: "connection ETIMEDOUT", person: longName, personUrl: "/a" },
        ...{ retryAction: "/retry", dropUrl: "/drop" },
      },
      {
        ...{
          channel: "back-channel-logout",
          name: "portail-partenaire",
          subjectKey: "mail.x.subject",
        },
        ...{ state: "failed", added: "25/11/2026 22:03:04", ended: "26/11/2026 23:03:04" },
        ...{ attempts: "11", error: "HTTP 500" },
      },
    ],
    nextUrl: "/admin/outbox?after=1",
    retryAction: "/admin/outbox/retry",
    ...{ done: "retried", count: 12 },
  }),
  "staff: outbox empty": state(200, "backoffice/staff-outbox", {
    form: form({ kind: "", state: "", destination: "" }),
    kinds: ["mail", "back-channel-logout", "webhook"],
    states: ["waiting", "failed", "sent"],
    entries: [],
    retryAction: undefined,
    ...{ done: "dropped", count: 1 },
  }),
  "staff: kept form": state(
    200,
    "backoffice/staff-kept-form",
    keptForm("waiting", "/admin/accounts/:sub/factors/reset"),
  ),
  "staff: kept form gone": state(410, "backoffice/staff-kept-form", keptForm("gone")),
  "staff: kept form not kept": state(410, "backoffice/staff-kept-form", keptForm("not-kept")),
  "staff: members": state(200, "backoffice/staff-members", {
    everybodyOutUrl: "/admin/members/everybody-out",
    form: form({ email: "", role: "reader" }),
    roles: ["reader", "agent", "admin"],
    members: [
      { url: "/a", name: "Zoé Moulin", email, state: "active", role: "admin", isEnrolled: true },
      {
        ...{ url: "/b", name: longName, email: longEmail, state: "disabled", role: "agent" },
        ...{ isEnrolled: false, removeUrl: "/remove", codeUrl: "/enrolment-code" },
      },
    ],
    code: { value: "7Q2M-K0DX-4RTB-9HNE", email: longEmail },
    done: "added",
  }),
  "staff: members refused": state(422, "backoffice/staff-members", {
    everybodyOutUrl: "/admin/members/everybody-out",
    form: form(
      { email: "x", role: "reader" },
      { field: "email", reason: "email-malformed" },
      { field: "role", reason: "role-unknown" },
    ),
    roles: ["reader", "agent", "admin"],
    members: [],
  }),
  "staff: import": state(200, "backoffice/staff-import", {
    ...{ form: form({ accesses: "" }), done: true, changed: 12, unchanged: 3 },
  }),
  "staff: import refused": state(422, "backoffice/staff-import", {
    form: form({ accesses: " " }, { field: "accesses", reason: "import-missing" }),
    done: false,
  }),
  "staff: import preview": state(200, "backoffice/staff-import-preview", {
    ...importPreview,
    form: form({ accesses: `email,siret\n${email},55208131766522` }),
    verdicts: [
      { verdict: "to-open", count: 1412, lines: importedLines },
      { verdict: "already-open", count: 1, lines: importedLines.slice(0, 1) },
    ],
    unreadColumns: [
      { title: "Téléphone", letter: "D" },
      { title: "", letter: "AB" },
    ],
    unreadSheets: ["Notice"],
  }),
  "staff: import preview refused": state(422, "backoffice/staff-import-preview", {
    ...importPreview,
    form: form(
      { accesses: "email,siret", invite: "on", only_right: "" },
      { field: "accesses", reason: "import-refused" },
    ),
    ...{ problemCount: 3, leftCount: 3, withoutAccount: 120, addresses: 80, rightCount: 120 },
    verdicts: [
      { verdict: "to-invite", count: 120, lines: importedLines },
      { verdict: "repeated", count: 1, lines: importedLines.slice(0, 1) },
    ],
    problems: [
      {
        ...{ line: "3", column: "email, siret", found: `${longEmail} 55208131766522` },
        ...{ problem: "line-twice", details: { other: 2 } },
      },
      {
        ...{ line: "4", column: "name", found: longName, problem: "name-differs" },
        details: { other: 2, name: "Boulangerie" },
      },
      {
        ...{ line: "5", column: "siret", found: "557246600026", problem: "siret-short" },
        details: { proposed: "00557246600026" },
        proposed: { field: "proposed-00557246600026", formatted: "005 572 466 00026" },
      },
    ],
  }),
  "staff: import preview of addresses without account alone": state(
    422,
    "backoffice/staff-import-preview",
    {
      ...importPreview,
      form: form({ accesses: "email,siret" }, { field: "accesses", reason: "import-refused" }),
      ...{ count: 0, people: 0, leftCount: 120, withoutAccount: 120, addresses: 80 },
      ...{ rightCount: 0, mailed: [] },
      verdicts: [{ verdict: "without-account", count: 120, lines: importedLines }],
    },
  ),
  "staff: import preview of nothing that is right": state(422, "backoffice/staff-import-preview", {
    ...importPreview,
    form: form({ accesses: "email,siret" }, { field: "accesses", reason: "import-refused" }),
    ...{ count: 0, people: 0, problemCount: 1, leftCount: 1, rightCount: 0, mailed: [] },
    problems: [{ line: "2", column: "siret", found: "12", problem: "siret-format", details: {} }],
  }),
  "staff: import preview of unknown columns": state(422, "backoffice/staff-import-preview", {
    ...importPreview,
    form: form({ accesses: "email,siret" }, { field: "file", reason: "import-refused" }),
    ...{ count: 0, people: 0, problemCount: 1, rightCount: 0, mailed: [], isShort: false },
    unknownColumns: ["Région"],
    problems: [
      {
        ...{ line: "1", column: "header", found: "Région", problem: "column-unknown" },
        details: { columns: "email, siret, name, until, reason" },
      },
    ],
  }),
};
