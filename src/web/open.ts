import type { RequestListener } from "node:http";
import { join } from "node:path";
import type Koa from "koa";
import type { Middleware } from "koa";
import { cookieSignatures } from "../foundation/index.ts";
import { type ClaimedTable, type Ground, type Room, room } from "../house/index.ts";
import { type AppParts, createApp } from "./app.ts";
import { loadAssets } from "./assets.ts";
import { byRightClock } from "./right-clock.ts";
import { leadsOn } from "./entrances.ts";
import { parsedForm } from "./form-body.ts";
import { languageRoute } from "./language.ts";
import { legalPages } from "./legal-pages.ts";
import { readLegalTexts } from "./legal-texts.ts";
import { maintenancePages, readsInMaintenance } from "./maintenance.ts";
import { privacyPage } from "./privacy.ts";
import { type RateLimits, createRateLimits, rateLimitsFor } from "./rate-limit.ts";
import { sameOriginOnly } from "./same-origin.ts";
import { wellKnownDocuments } from "./well-known.ts";

/** What the web stands on. */
export interface WebPorts {
  readonly ground: Ground;
}

/** What other rooms ask of it. */
export interface WebActs {
  readonly limits: RateLimits;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
  /** Nothing behind it is answered while the node's clock is wrong. */
  readonly byRightClock: Middleware;
  /** What cookies are signed with: ours, and the library's. */
  readonly cookieSignatures: ReturnType<typeof cookieSignatures>;
  /** First of all, and in front of the pages: what the register does not take while it only reads. */
  readonly inMaintenance: { readonly all: Middleware; readonly pages: Middleware };
  /** What answers requests by these routes, in their order; those that arrive together, in step. */
  readonly answers: (routes: Pick<AppParts, "first" | "routes">) => RequestListener;
}

/** Opens the web: pages and assets, the form's guards, and the counting of requests. */
export function openWeb({ ground }: WebPorts): Room<WebActs> {
  const { settings, clock, database, viewsFolder } = ground;
  const { issuer, contactUrl, portalUrl } = settings;
  const shown = {
    assets: loadAssets(join(viewsFolder, "assets")),
    legal: readLegalTexts(settings.legalTexts),
    signatures: cookieSignatures(settings.cookieKeys),
  };
  const key = ground.secretFor("counters");
  const limits = createRateLimits({ database, clock, key, limits: rateLimitsFor(settings) });
  const formGuards = [sameOriginOnly(issuer), parsedForm()];
  return room({
    name: "web",
    acts: {
      limits,
      formGuards,
      cookieSignatures: shown.signatures,
      byRightClock: byRightClock(ground.node),
      inMaintenance: {
        all: readsInMaintenance(ground.maintenance),
        pages: maintenancePages(ground.maintenance, issuer),
      },
      answers: (routes) =>
        inStep(ground, createApp({ ...appParts(ground, shown), ...routes }).callback()),
    },
    routes: {
      pages: [
        shown.assets.middleware,
        // Nothing is to be seen at the root: people come from a relying party.
        leadsOn({ "/": portalUrl, "/.well-known/change-password": "/account/password" }),
        languageRoute(issuer, portalUrl, formGuards),
        privacyPage(shown.legal),
        legalPages(shown.legal),
        wellKnownDocuments({ issuer, contactUrl, clock }),
      ],
    },
    tables: [countsTable(limits)],
  });
}

/** Requests that arrive together are begun in one turn of the event loop. */
function inStep({ fastLane }: Ground, answer: ReturnType<Koa["callback"]>): RequestListener {
  return fastLane.together((request, response) => void answer(request, response));
}

/** What the application is made of whatever it serves. */
function appParts(
  ground: Ground,
  shown: {
    readonly assets: ReturnType<typeof loadAssets>;
    readonly legal: ReturnType<typeof readLegalTexts>;
    readonly signatures: ReturnType<typeof cookieSignatures>;
  },
): Omit<AppParts, "first" | "routes"> {
  const { settings, logger, random, telemetry, words, viewsFolder } = ground;
  const { issuer, contactUrl, portalUrl, production, trustedProxies } = settings;
  const { requestLog, nodeName } = settings.watch;
  const accessibilityState = shown.legal.accessibility?.state;
  return {
    issuer,
    forwardedFor: { trustedProxies, random, logger },
    cookieSignatures: shown.signatures,
    pages: {
      ...{ viewsFolder, words, assets: shown.assets, cache: production },
      ...{ contactUrl, accessibilityState },
    },
    errors: { logger, random, portalUrl },
    observed: {
      ...{ telemetry, random, logger, requestLog, nodeName },
      behindProxy: trustedProxies > 0,
    },
  };
}

function countsTable(limits: RateLimits): ClaimedTable {
  return {
    table: "rate_limits",
    personal: ["key"],
    impersonal: ["hits", "window_ends_at"],
    export: { because: "the key is a digest of a network address, and leads to nobody" },
    erase: { because: "the key is a digest of a network address; it ends with its window" },
    purge: [{ as: "rateLimits", run: () => limits.purge() }],
  };
}
