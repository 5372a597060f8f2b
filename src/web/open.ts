import { join } from "node:path";
import type Koa from "koa";
import type { Middleware } from "koa";
import { cookieSignatures } from "../foundation/index.ts";
import { type Ground, type Room, room } from "../house/index.ts";
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
  /** The Koa application that serves these routes, in their order. */
  readonly createApp: (routes: Pick<AppParts, "first" | "routes">) => Koa;
}

/** Opens the web: pages and assets, the form's guards, and the counting of requests. */
export function openWeb({ ground }: WebPorts): Room<WebActs> {
  const { settings, clock, database, logger, random, words, viewsFolder } = ground;
  const { issuer, contactUrl, portalUrl, production, trustedProxies } = settings;
  const signatures = cookieSignatures(settings.cookieKeys);
  const assets = loadAssets(join(viewsFolder, "assets"));
  const legal = readLegalTexts(settings.legalTexts);
  const accessibilityState = legal.accessibility?.state;
  const pages = {
    ...{ viewsFolder, words, assets, cache: production, contactUrl, accessibilityState },
  };
  const errors = { logger, random, portalUrl };
  const { requestLog, nodeName } = settings.watch;
  const observed = {
    ...{ telemetry: ground.telemetry, random, logger, requestLog, nodeName },
    behindProxy: trustedProxies > 0,
  };
  const limits = createRateLimits({
    database,
    clock,
    key: ground.secretFor("counters"),
    limits: rateLimitsFor(settings),
  });
  const formGuards = [sameOriginOnly(issuer), parsedForm()];
  return room({
    name: "web",
    acts: {
      limits,
      formGuards,
      cookieSignatures: signatures,
      byRightClock: byRightClock(ground.node),
      inMaintenance: {
        all: readsInMaintenance(ground.maintenance),
        pages: maintenancePages(ground.maintenance, issuer),
      },
      createApp: (routes) =>
        createApp({
          issuer,
          forwardedFor: { trustedProxies, random, logger },
          cookieSignatures: signatures,
          pages,
          errors,
          observed,
          ...routes,
        }),
    },
    routes: {
      pages: [
        assets.middleware,
        // Nothing is to be seen at the root: people come from a relying party.
        leadsOn({ "/": portalUrl, "/.well-known/change-password": "/account/password" }),
        languageRoute(issuer, portalUrl, formGuards),
        privacyPage(legal),
        legalPages(legal),
        wellKnownDocuments({ issuer, contactUrl, clock }),
      ],
    },
    tables: [
      {
        table: "rate_limits",
        personal: ["key"],
        impersonal: ["hits", "window_ends_at"],
        export: { because: "the key is a digest of a network address, and leads to nobody" },
        erase: { because: "the key is a digest of a network address; it ends with its window" },
        purge: [{ as: "rateLimits", run: () => limits.purge() }],
      },
    ],
  });
}
