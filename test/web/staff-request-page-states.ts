import type { Problem } from "../../src/foundation/index.ts";
import type { PageModels } from "../../src/web/index.ts";
import type { StaffFrame } from "../../src/backoffice/staff-frame.ts";

type StaffPage = Extract<keyof PageModels, `backoffice/${string}`>;

function form(values: Record<string, string> = {}, ...problems: Problem[]) {
  return { action: "/sent-here", values, problems };
}

const email = "zoe.moulin@centre-de-formation.example";
const longEmail =
  "marie-antoinette.de-la-rochefoucauld-montmorency@formation-professionnelle-continue-du-commerce.example";
const bakery = { formatted: "552 081 317 66522", name: "Boulangerie d'Été & Fils" };
const mill = {
  formatted: "418 166 096 00051",
  name: "Groupement interprofessionnel pour le développement de la formation et de l'apprentissage dans les métiers du commerce de détail et de gros",
};
const unbroken = { formatted: "130 025 265 00013", name: "CENTREDEFORMATION".repeat(10) };
const unnamed = { formatted: "356 000 000 00048" };
const backUrl = "/back";
const choices = ["none", "daily", "at-once"] as const;

const views = (["waiting", "accepted", "refused"] as const).map((name) => ({
  name,
  url: `/requests?state=${name}`,
}));
const asked = "03/03/2026 18:00:12";
const decision = {
  form: form(),
  request: {
    ...{ person: "Zoé Moulin", email, accountUrl: "/a", state: "waiting" as const, asked },
    ...{ clientId: "portail-partenaire", message: "Bonjour,\nnous ouvrons un site à Lyon." },
  },
  establishments: [
    {
      ...{ ...bakery, field: "siret-55208131766522", checked: true, state: "waiting" as const },
      ...{ address: "12 RUE DU FOUR 69001 LYON", isClosed: true, holders: [] },
    },
    {
      ...{ ...mill, field: "siret-41816609600051", checked: true, state: "waiting" as const },
      ...{ isClosed: false, moreUrl: "/more" },
      holders: [
        { name: "Camille Martin", email, url: "/a" },
        { name: "Marie-Antoinette de La Rochefoucauld", email: longEmail, url: "/b" },
      ],
    },
    {
      ...{ ...unnamed, field: "siret-35600000000048", checked: false, state: "accepted" as const },
      ...{ isClosed: false, holders: [] },
    },
  ],
  held: { count: 12, first: [bakery, mill, unbroken] },
  earlier: [
    { url: "/r/7", asked: "03/01/2026", state: "refused" as const, count: 2 },
    { url: "/r/8", asked: "03/12/2025", state: "accepted" as const, count: 1 },
  ],
  charge: {
    ...{ by: "Camille Agent", since: "03/03/2026 18:10:00", isOwn: false, seen: "c", own: "o" },
    action: "/charge",
    colleagues: [{ value: "x", label: "Maximilienne de La Rochefoucauld-Montmorency" }],
  },
  ...{ mayDecide: true, refuseUrl: "/refuse", backUrl },
};
const decided = {
  ...decision,
  ...{ mayDecide: false, charge: undefined, held: { count: 0, first: [] }, earlier: [] },
  request: {
    ...{ ...decision.request, state: "accepted" as const, decided: "04/03/2026 09:00:00" },
    ...{ decidedBy: "Camille Agent", why: "Vérifié par téléphone" },
  },
};
const invitePreview = {
  form: form({
    ...{ email, siret_list: "552 081 317 66522", reason: "Convention 2026-118" },
    ...{ until: "2027-01-31", sirets: "55208131766522 41816609600051" },
  }),
  ...{ correctAction: "/again", email, until: "31/01/2027" },
  toInvite: [bakery, mill],
  alreadyInvited: [unnamed],
  unread: {
    wrongCount: 1,
    wrong: [{ line: "2", typed: "13002526500014", problem: "siret-checksum" as const }],
    others: [],
  },
  backUrl,
};
const invitation = {
  ...{ email, ...bakery, invitedAt: "03/03/2026", invitedBy: "Camille Agent" },
  ...{ why: "Convention 2026-118", until: "31/01/2027", withdrawUrl: "/withdraw" },
  resendAction: "/resend",
};
const withdrawal = { email: longEmail, ...mill, backUrl };

/** The pages about requests and invitations, fresh and refused, as this member of staff sees them. */
export function staffRequestPageStates(staff: StaffFrame) {
  function state<Name extends StaffPage>(
    status: number,
    name: Name,
    model: Omit<PageModels[Name], "staff">,
  ) {
    const framed = { ...staff, section: "requests" as const };
    return { status, name, model: { ...model, staff: framed } as PageModels[Name] };
  }
  return {
    "staff: requests": state(200, "backoffice/staff-requests", {
      ...{ state: "waiting", views, invitationsUrl: "/invitations", noticesUrl: "/notices" },
      colleagues: { count: 2, url: "/organisations" },
      requests: [
        {
          box: "request-1",
          ...{ url: "/r/1", person: "Zoé Moulin", email, first: [bakery], count: 3, asked },
          takenBy: "Camille Agent",
        },
        {
          box: "request-2",
          ...{ url: "/r/2", person: "Marie-Antoinette de La Rochefoucauld", email: longEmail },
          ...{ first: [mill], count: 1, asked, isWithdrawn: true },
        },
        { url: "/r/3", box: "request-3", first: [unnamed], count: 1, asked },
      ],
      ...{ nextUrl: "/next", done: "accepted", changed: 2, shown: "1 2", decideAction: "/decide" },
    }),
    "staff: several requests": state(422, "backoffice/staff-requests-decision", {
      isOfOneLanguage: true,
      form: form({ reason: "" }, { field: "reason", reason: "reason-missing" }),
      reason: "refuse",
      effects: [
        { name: "requests-refuse", count: 2 },
        { name: "requests-people", count: 2 },
        { name: "requests-establishments-refuse", count: 5 },
        { name: "requests-left", count: 1 },
      ],
      requests: [
        { person: "Zoé Moulin", email, count: 3 },
        { person: "Marie-Antoinette de La Rochefoucauld", email: longEmail, count: 2 },
      ],
      ...{ sent: { decision: "refuse", "request-1": "on" }, backUrl },
    }),
    "staff: no requests": state(200, "backoffice/staff-requests", {
      ...{ state: "refused", views, invitationsUrl: "/invitations", requests: [], done: "refused" },
      noticesUrl: "/notices",
    }),
    "staff: notices": state(200, "backoffice/staff-notices", {
      ...{ form: form({ choice: "at-once" }), choices, email: longEmail, backUrl: "/back" },
      ...{ lastSent: asked, isDone: true },
    }),
    "staff: notices refused": state(422, "backoffice/staff-notices", {
      form: form({ choice: "none" }, { field: "choice", reason: "choice-unknown" }),
      ...{ choices, email, isDone: false, backUrl: "/back" },
    }),
    "staff: request": state(200, "backoffice/staff-request", decision),
    "staff: request refused": state(422, "backoffice/staff-request", {
      ...decision,
      form: form(
        { reason: "n".repeat(501), until: "2020-01-01" },
        { field: "siret", reason: "siret-missing" },
        { field: "reason", reason: "reason-too-long", details: { maximum: 500 } },
        { field: "until", reason: "until-passed" },
      ),
    }),
    "staff: request decided before": state(422, "backoffice/staff-request", {
      ...decided,
      form: form({}, { reason: "request-not-waiting" }),
    }),
    "staff: own request": state(200, "backoffice/staff-request", {
      ...{ ...decision, mayDecide: false, untouchable: "own" },
    }),
    "staff: request of a deleted account": state(200, "backoffice/staff-request", {
      ...decided,
      request: { state: "refused", asked, decided: asked, decidedBy: "account-deleted" },
    }),
    "staff: request refusal": state(200, "backoffice/staff-request-refusal", {
      ...{ form: form(), email: longEmail, establishments: [bakery, mill, unnamed], backUrl },
    }),
    "staff: request refusal refused": state(422, "backoffice/staff-request-refusal", {
      form: form({ reason: "" }, { field: "reason", reason: "reason-missing" }),
      ...{ email, establishments: [bakery], backUrl },
    }),
    "staff: invite": state(200, "backoffice/staff-invite", { form: form({ email }), backUrl }),
    "staff: invite refused": state(422, "backoffice/staff-invite", {
      form: form(
        { email: longEmail, siret_list: "le 3 mars", reason: "", until: "2020-01-01" },
        { field: "email", reason: "account-known" },
        { field: "siret_list", reason: "siret-list-empty" },
        { field: "until", reason: "until-passed" },
        { field: "reason", reason: "reason-missing" },
      ),
      backUrl,
    }),
    "staff: invite preview": state(200, "backoffice/staff-invite-preview", invitePreview),
    "staff: invite preview of nothing": state(200, "backoffice/staff-invite-preview", {
      ...{ ...invitePreview, until: undefined, toInvite: [] },
    }),
    "staff: invitations": state(200, "backoffice/staff-invitations", {
      invitations: [
        invitation,
        { ...invitation, ...mill, email: longEmail, invitedBy: "operator", why: undefined },
      ],
      ...{ inviteUrl: "/invite", nextUrl: "/next", done: "invited", changed: 2, unchanged: 1 },
      backUrl,
    }),
    "staff: no invitations": state(200, "backoffice/staff-invitations", {
      ...{ invitations: [], done: "withdrawn", backUrl },
    }),
    "staff: withdrawal": state(200, "backoffice/staff-withdrawal", {
      ...{ form: form(), ...withdrawal },
    }),
    "staff: withdrawal refused": state(422, "backoffice/staff-withdrawal", {
      form: form({ reason: "" }, { field: "reason", reason: "reason-missing" }),
      ...withdrawal,
    }),
    "staff: withdrawal too late": state(422, "backoffice/staff-withdrawal", {
      form: form({ reason: "Doublon" }, { reason: "invitation-not-waiting" }),
      ...withdrawal,
    }),
  };
}
