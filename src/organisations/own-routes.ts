import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { type Account, type SignedInDoors, shownDay } from "../accounts/index.ts";
import { type Siren, formatSiret } from "../establishments/index.ts";
import { AppError, type Problem } from "../foundation/index.ts";
import { formFields, pageState, refusedStatus, renderPage, seeOther } from "../web/index.ts";
import { type Cares, formatSiren } from "./cares.ts";
import type { ColleagueRequest } from "./colleague-request-store.ts";
import type { ColleagueRequests } from "./colleague-requests.ts";

/** Where who has the care of organisations finds them. */
export const organisationsPath = "/account/organisations";

const pageSize = 50;

/** What the pages are served with. */
export interface OrganisationRouteParts extends Pick<SignedInDoors, "signedIn"> {
  readonly cares: Cares;
  readonly colleagueRequests: ColleagueRequests;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/**
 * `/account/organisations…`: who of an organisation has which access, and what its administrator asks of staff. Each look and each
 * form asks the register whether the care still counts; to anybody else there is no such page.
 */
export function organisationRoutes(parts: OrganisationRouteParts): Router {
  const router = new Router();
  const { signedIn, cares, colleagueRequests } = parts;
  router.get(
    organisationsPath,
    signedIn(organisationsPath, async (ctx, account) => {
      const held = await cares.held(account);
      if (held.length === 0) throw new AppError("not-found", { status: 404 });
      await renderPage(ctx, 200, "organisations/organisations", {
        organisations: held.map((siren) => ({ formatted: formatSiren(siren), url: urlOf(siren) })),
        accountUrl: "/account",
      });
    }),
  );
  router.get(`${organisationsPath}/:siren`, (ctx) =>
    signedIn(organisationsPath, (_, account) =>
      show(ctx, parts, account, ctx.params["siren"] ?? ""),
    )(ctx),
  );
  for (const kind of ["open", "close"] as const) {
    router.post(`${organisationsPath}/:siren/${kind}`, ...parts.formGuards, (ctx) => {
      const siren = ctx.params["siren"] ?? "";
      return signedIn(organisationsPath, async (_, account) => {
        const form = formFields(ctx.request.body, ["email", "sirets", "message"]);
        const outcome = await colleagueRequests.ask({ account, siren, kind, ...form });
        if (outcome.accepted) {
          seeOther(ctx, `${urlOf(siren)}?done=${outcome.value.asked > 0 ? kind : "waiting"}`);
          return;
        }
        // What a row's button asks for has no field that could be at fault.
        const problems =
          kind === "open" ? outcome.problems : outcome.problems.map(({ reason }) => ({ reason }));
        const typed = kind === "open" ? form : {};
        await show(ctx, parts, account, siren, { problems, typed });
      })(ctx);
    });
  }
  return router;
}

const notices = ["open", "close", "waiting"] as const;

async function show(
  ctx: Context,
  { cares, colleagueRequests }: OrganisationRouteParts,
  account: Account,
  typedSiren: string,
  sent: {
    readonly problems?: readonly Problem[];
    readonly typed?: Readonly<Record<string, string>>;
  } = {},
): Promise<void> {
  const { problems = [], typed = {} } = sent;
  const number = ctx.query["page"];
  const page = typeof number === "string" && /^[1-9]\d{0,3}$/.test(number) ? Number(number) : 1;
  const offset = (page - 1) * pageSize;
  const colleagues = await cares.colleagues(account, typedSiren, { offset, limit: pageSize });
  if (!colleagues) throw new AppError("not-found", { status: 404 });
  const siren = typedSiren as Siren;
  const url = urlOf(siren);
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  const asked = await colleagueRequests.ofAccount(account, siren);
  await renderPage(ctx, status, "organisations/organisation", {
    formatted: formatSiren(siren),
    form: { action: `${url}/open`, values: typed, problems },
    closeAction: `${url}/close`,
    done: notices.find((notice) => notice === ctx.query["done"]),
    colleagues: colleagues.accesses.map(({ name, email, siret, establishment }) => ({
      ...{ name, email, siret, formatted: formatSiret(siret), establishment },
    })),
    previousUrl: page > 1 ? `${url}?page=${String(page - 1)}` : undefined,
    nextUrl: colleagues.hasMore ? `${url}?page=${String(page + 1)}` : undefined,
    requests: asked.map((request) => shownRequest(ctx, request)),
    backUrl: organisationsPath,
  });
}

function shownRequest(ctx: Context, request: ColleagueRequest) {
  const { kind, email = "", siret, state, askedAt, reason } = request;
  const asked = shownDay(askedAt, pageState(ctx).locale ?? "fr");
  return { kind, email, formatted: formatSiret(siret), state, asked, reason };
}

function urlOf(siren: string): string {
  return `${organisationsPath}/${encodeURIComponent(siren)}`;
}
