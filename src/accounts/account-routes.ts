import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Locale, Outcome, Problem } from "../foundation/index.ts";
import type { EventName, RecordEvent } from "../operations/index.ts";
import {
  formFields,
  keepLanguage,
  listPage,
  listQuery,
  pageState,
  refusedStatus,
  renderPage,
  requestEvent,
  requestOrigin,
  seeOther,
} from "../web/index.ts";
import type { Account } from "./account.ts";
import type { OpenSession, OwnSessions } from "./current-account.ts";
import { type KeptForms, ownFormName } from "./kept-forms.ts";
import { waitingForm } from "./last-sender.ts";
import type { OwnAccount } from "./own-account.ts";
import { passkeyOffer, passkeyOfferPath } from "./passkey-offer.ts";
import { passwordPath } from "./password-routes.ts";
import type { SignedInDoors } from "./signed-in.ts";
import { shownInstant, shownDay, shownUntil } from "./shown-dates.ts";

/** An establishment that is open now to an account. A port: `establishments/` keeps them. */
export interface OwnEstablishment {
  /** Its SIRET grouped 3-3-3-5. */
  readonly formatted: string;
  readonly name: string | undefined;
  /** Epoch seconds. */
  readonly openedAt: number;
  readonly untilAt: number | undefined;
}

/** What a person looked for among the establishments that are open to them. */
export interface OwnEstablishments {
  readonly found: readonly OwnEstablishment[];
  /** How many are open in all. */
  readonly total: number;
}

/** What the page of one's own account is served with. */
export interface AccountPageParts extends Pick<SignedInDoors, "signedIn"> {
  readonly sessions: OwnSessions;
  readonly keptForms: Pick<KeptForms, "find">;
  readonly ownAccount: OwnAccount;
  readonly ownEstablishments: (account: Account, typed: string) => Promise<OwnEstablishments>;
  /** Where the person asks for access. */
  readonly requestsUrl: string;
  readonly organisationsUrl: (account: Account) => Promise<string | undefined>;
  /** Where « Se déconnecter » is sent. */
  readonly signOutUrl: string;
  readonly record: RecordEvent;
  readonly mayAddPasskey: (account: Account) => Promise<boolean>;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/** `/account`, the person's own page; it asks to sign in first. */
export function accountPageRoutes(parts: AccountPageParts): Router {
  const router = new Router();
  router.use(...parts.formGuards);
  router.get(
    "/account",
    parts.signedIn("/account", (ctx, account) => show(ctx, parts, account, {})),
  );
  addProfileRoutes(router, parts);
  router.post(
    passkeyOfferPath,
    parts.signedIn("/account", (ctx) => {
      passkeyOffer.decline(ctx);
      seeOther(ctx, "/account");
    }),
  );
  addSessionRoutes(router, parts);
  return router;
}

function addProfileRoutes(router: Router, parts: AccountPageParts): void {
  const { ownAccount } = parts;
  router.post(
    "/account/profile",
    parts.signedIn("/account", async (ctx, account) => {
      const form = formFields(ctx.request.body, ["given_name", "family_name"]);
      const outcome = await ownAccount.rename(account, form, requestOrigin(ctx));
      if (!outcome.accepted) {
        await recordOf(ctx, parts, account, "profile-changed", outcome);
        return show(ctx, parts, account, { problems: outcome.problems, typed: form });
      }
      done(ctx, "profile");
    }),
  );
  router.post(
    languageAction,
    parts.signedIn("/account", async (ctx, account) => {
      const { language } = formFields(ctx.request.body, ["language"]);
      const outcome = await ownAccount.chooseLanguage(account, language, requestOrigin(ctx));
      if (!outcome.accepted) {
        await recordOf(ctx, parts, account, "profile-changed", outcome);
        return show(ctx, parts, account, { problems: outcome.problems });
      }
      keepLanguage(ctx, outcome.value);
      done(ctx, "language");
    }),
  );
}

function addSessionRoutes(router: Router, parts: AccountPageParts): void {
  const { sessions } = parts;
  router.post(
    endOthersAction,
    parts.signedIn("/account", async (ctx, account) => {
      if ((await sessions.endOthers(ctx, account)) > 0)
        await recordOf(ctx, parts, account, "session-ended", "accepted");
      done(ctx, "sessions");
    }),
  );
  router.post("/account/sessions/:id/end", (ctx) =>
    parts.signedIn("/account", async (_, account) => {
      // One that has ended meanwhile is what was asked for.
      if (await sessions.end(account, ctx.params["id"] ?? "")) {
        await recordOf(ctx, parts, account, "session-ended", "accepted");
      }
      done(ctx, "session");
    })(ctx),
  );
}

const languageAction = "/account/language";
const endOthersAction = "/account/sessions/end-others";

/** What is said to be done, once, by the page that follows. */
const notices = ["profile", "password", "session", "sessions", "language"] as const;
type Notice = (typeof notices)[number];

function done(ctx: Context, what: Notice): void {
  seeOther(ctx, `/account?done=${what}`);
}

async function recordOf(
  ctx: Context,
  { record }: AccountPageParts,
  { sub }: Account,
  name: EventName,
  outcome: Outcome<unknown, string> | "accepted",
): Promise<void> {
  await record(requestEvent(ctx, name, outcome, { subject: { sub } }));
}

/** What was typed where a form was refused, and why. */
interface Refused {
  readonly problems?: readonly Problem[];
  readonly typed?: Readonly<Record<string, string>>;
}

/** Shows the page, with what was typed where a form was refused. */
async function show(
  ctx: Context,
  parts: AccountPageParts,
  account: Account,
  refused: Refused,
): Promise<void> {
  const locale = pageState(ctx).locale ?? "fr";
  const asked = listQuery(ctx);
  const [establishments, sessions] = await Promise.all([
    parts.ownEstablishments(account, asked.q),
    parts.sessions.list(ctx, account),
  ]);
  const waiting = await waitingForm(ctx, "/account", parts.keptForms, account);
  const offersPasskey = await isPasskeyOffered(ctx, parts, account, sessions);
  const { shown, list } = listPage("/account", asked, establishments);
  const { problems = [] } = refused;
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderPage(ctx, status, "accounts/account", {
    ...personShown(account, refused),
    done: notices.find((notice) => notice === ctx.query["done"]),
    waiting: waiting && { url: waiting.url, formName: ownFormName(waiting.form) },
    list,
    establishments: shown.map((each) => shownEstablishment(each, locale)),
    requestsUrl: parts.requestsUrl,
    organisationsUrl: await parts.organisationsUrl(account),
    sessions: sessions.map((session) => shownSession(session, locale)),
    endOthersAction,
    signOutUrl: parts.signOutUrl,
    passkeyOffer: offersPasskey
      ? { addUrl: "/account/security/passkeys/new", declineAction: passkeyOfferPath }
      : undefined,
  });
}

/** Not on a shared computer, nor to whom the offer was declined. */
async function isPasskeyOffered(
  ctx: Context,
  { mayAddPasskey }: AccountPageParts,
  account: Account,
  sessions: readonly OpenSession[],
): Promise<boolean> {
  const isShared = sessions.some((session) => session.isCurrent && session.isShared);
  if (isShared || passkeyOffer.isDeclined(ctx)) return false;
  return mayAddPasskey(account);
}

function personShown(account: Account, { problems = [], typed = {} }: Refused) {
  const names = { given_name: account.givenName, family_name: account.familyName };
  return {
    form: { action: "/account/profile", values: { ...names, ...typed }, problems },
    passwordUrl: passwordPath,
    language: { action: languageAction, current: account.locale },
    emailUrl: "/account/email",
    email: account.email,
  };
}

function shownEstablishment(
  { formatted, name, openedAt, untilAt }: OwnEstablishment,
  locale: Locale,
) {
  const until = untilAt === undefined ? undefined : shownUntil(untilAt, locale);
  return { formatted, name, since: shownDay(openedAt, locale), until };
}

function shownSession(session: OpenSession, locale: Locale) {
  const { id, since, lastUsedAt, services, isCurrent, openedIn } = session;
  const { browser, system, network } = openedIn;
  return {
    ...{ browser, system, network, isCurrent },
    endAction: `/account/sessions/${id}/end`,
    since: shownInstant(since, locale),
    lastUsed: lastUsedAt === undefined ? undefined : shownInstant(lastUsedAt, locale),
    services: services.join(", "),
  };
}
