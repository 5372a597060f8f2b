import type Koa from "koa";
import type { Middleware } from "koa";
import compose from "koa-compose";
import { join } from "node:path";
import {
  type Journey,
  accountPageRoutes,
  accountRoutes,
  addressRoutes,
  browserCookies,
  createSignedInDoors,
  ownDataPages,
  ownDataRoutes,
} from "./accounts/index.ts";
import { apiRoutes } from "./api/index.ts";
import { type Application, viewsFolder } from "./application.ts";
import { AccountSearchStore, backofficeRoutes, createAccountSearch } from "./backoffice/index.ts";
import { registrationPath, registrationRoutes } from "./clients/index.ts";
import {
  accessRequestRoutes,
  accessRequestsPath,
  ownEstablishments,
} from "./establishments/index.ts";
import { cookieSignatures } from "./foundation/index.ts";
import { healthRoutes } from "./operations/index.ts";
import { ownData, ownSignIns } from "./own-data.ts";
import {
  type ServedLibrary,
  choiceQuestion,
  consentQuestion,
  createAccountFinder,
  createClaimsPreview,
  createClientCall,
  createCurrentAccount,
  createCurrentSession,
  createLibrary,
  createOwnSessions,
  createProvider,
  createQuestion,
  createSignOut,
  endsGrantsAtSignOut,
  errorDocumentation,
  interactionRoutes,
  journeyOf,
  leavesByPage,
  noAccessQuestion,
  ownSignInRoutes,
  postedRequests,
  providerPages,
  publishedDocuments,
  readBesideOnce,
  readOncePerRequest,
  secondFactorQuestion,
  signInQuestion,
  tellByNotices,
  withInteraction,
} from "./provider/index.ts";
import { securityPages, securityRoutes, shownCodesCookie } from "./second-factors/index.ts";
import {
  createApp,
  exceptFor,
  leadsOn,
  loadAssets,
  onlyFor,
  pageState,
  parsedForm,
  privacyPage,
  sameOriginOnly,
} from "./web/index.ts";

/**
 * The application as a web server answers it: our pages, then the library's endpoints. The library follows the signing
 * keys of a migrated database before it serves.
 */
export function createWebApplication(application: Application): {
  readonly web: Koa;
  readonly library: Pick<ServedLibrary, "follow">;
} {
  const { settings, logger, random } = application;
  const { issuer } = settings;
  const formGuards = [sameOriginOnly(issuer), parsedForm()];
  const findClient = (clientId: string) => application.clients.find(clientId);
  const cookies = browserCookies(issuer);
  const signatures = cookieSignatures(settings.cookieKeys);
  const reads = {
    ...readOncePerRequest((sub) => application.accesses.standing(sub)),
    artifactReads: readBesideOnce(application.artifacts),
  };
  const library = createLibrary(application, (jwks) => {
    const provider = createProvider({
      ...application,
      issuer,
      cookieSignatures: signatures,
      callClient: createClientCall({ logger, privateHosts: settings.privateHosts }),
      jwks,
      secret: application.providerSecret,
      ...reads,
      accountFinder: createAccountFinder({ ...application, ...reads }),
      pages: providerPages({ ...application, findClient }),
    });
    tellByNotices(provider, application.logoutNotices);
    return provider;
  });
  const signOut = createSignOut({ ...application, library });
  const parts = {
    ...application,
    library,
    signOut,
    cookies,
    shownCodes: shownCodesCookie({ ...application, issuer }),
    formGuards,
    findClient,
    ...reads,
  };
  const currentAccount = createCurrentAccount(parts);
  const sessions = createOwnSessions(parts);
  const currentSession = createCurrentSession(parts);
  const doors = createSignedInDoors({ ...parts, readSession: currentSession });
  const signIn = signInQuestion(parts);
  const questions = {
    login: signIn,
    select_account: signIn,
    create: createQuestion(signIn),
    select_establishment: choiceQuestion({ ...parts, contactUrl: settings.contactUrl }),
    no_access: noAccessQuestion({ ...parts, contactUrl: settings.contactUrl }),
    consent: consentQuestion(parts),
    second_factor: secondFactorQuestion(parts),
  };
  const findForeign = async (uid: string) => {
    const found = await application.artifacts.find("Interaction", uid);
    const clientId = (found?.payload["params"] as { client_id?: unknown } | undefined)?.client_id;
    return found && typeof clientId === "string" ? { ...found, clientId } : undefined;
  };
  const findJourney = (ctx: Koa.Context): Journey =>
    journeyOf(ctx) ?? aloneJourney(ctx, application);
  const backoffice = backofficeRoutes({
    ...parts,
    issuer,
    sessions,
    currentSession,
    secondFactorRequired: true,
    previewClaims: createClaimsPreview(application.providerSecret),
    search: createAccountSearch(new AccountSearchStore(application.database)),
  });
  const assets = loadAssets(join(viewsFolder, "assets"));
  const ownPages: Middleware[] = [
    assets.middleware,
    // Nothing is to be seen at the root: people come from a relying party.
    leadsOn({ "/": settings.portalUrl, "/.well-known/change-password": "/account" }),
    privacyPage(),
    errorDocumentation(),
    apiRoutes({ ...application, issuer, publicKeys: library.publicKeys }).routes() as Middleware,
    // First of all: a form of another site comes without the cookie that finds the interaction.
    onlyFor(/^\/interaction\//, sameOriginOnly(issuer)),
    withInteraction({ ...parts, findForeign }),
    accountRoutes({ ...parts, findJourney }).routes() as Middleware,
    interactionRoutes({ ...parts, questions }).routes() as Middleware,
    ownSignInRoutes({
      ...parts,
      ownPages: [
        "/account",
        "/account/email",
        accessRequestsPath,
        ...securityPages,
        ...ownDataPages,
      ],
    }).routes() as Middleware,
    accessRequestRoutes({ ...parts, currentAccount }).routes() as Middleware,
    accountPageRoutes({
      ...parts,
      requestsUrl: accessRequestsPath,
      currentAccount,
      sessions,
      ownEstablishments: ownEstablishments(application.accesses),
      signOutUrl: "/session/end?client_id=mon-compte",
    }).routes() as Middleware,
    addressRoutes({ ...parts, ...doors }).routes() as Middleware,
    ownDataRoutes({
      ...parts,
      ...doors,
      ownSignIns: ownSignIns({ application, findClient }),
      ownData: ownData({ application }),
    }).routes() as Middleware,
    securityRoutes({ ...parts, ...doors, sessions }).routes() as Middleware,
    backoffice.router.routes() as Middleware,
    registrationRoutes({
      ...application,
      issuer,
      registration: application.clientRegistration,
      directory: application.clients,
    }).routes() as Middleware,
  ];
  const web = createApp({
    issuer,
    trustedProxies: settings.trustedProxies,
    cookieSignatures: signatures,
    pages: {
      viewsFolder,
      words: application.words,
      assets,
      cache: settings.production,
      contactUrl: settings.contactUrl,
    },
    errors: { logger, random, portalUrl: settings.portalUrl },
    first: [
      publishedDocuments(issuer, library.version, registrationEndpoint(application)),
      healthRoutes(() => application.database.ping()),
    ],
    routes: [
      exceptFor(library.paths, compose(ownPages)),
      onlyFor(/^\/session\/end\/confirm\/?$/i, sameOriginOnly(issuer)),
      onlyFor(/^\/auth\/?$/i, async (ctx, next) => {
        await application.limits.limit("authorization").consume(ctx.ip);
        await next();
      }),
      postedRequests(),
      leavesByPage(parts),
      endsGrantsAtSignOut(signOut, application.record),
      library.endpoints,
    ],
  });
  return { web, library };
}

/** Where clients register themselves, while an invitation is good. */
function registrationEndpoint({ clients, settings }: Application): () => string | undefined {
  return () => (clients.isRegistrationOpen() ? `${settings.issuer}${registrationPath}` : undefined);
}

/** A page that no authorization leads to: « Se connecter » goes to the client that its address names, else to the portal. */
function aloneJourney(ctx: Koa.Context, application: Application): Journey {
  const { client_id: named } = ctx.query;
  const client = typeof named === "string" ? application.clients.find(named) : undefined;
  return {
    base: "",
    clientId: client?.client_id,
    locale: pageState(ctx).locale ?? "fr",
    loginHint: "",
    signInUrl: application.startAgain(client?.client_id),
  };
}
