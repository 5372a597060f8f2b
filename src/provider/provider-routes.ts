import type { Middleware } from "koa";
import compose from "koa-compose";
import { browserCookies, ownDataPages, passwordPath } from "../accounts/index.ts";
import { registrationPath } from "../clients/index.ts";
import { accessRequestsPath } from "../establishments/index.ts";
import { organisationsPath } from "../organisations/index.ts";
import type { Routes } from "../house/index.ts";
import { securityPages } from "../second-factors/index.ts";
import { bodyWithinLimit, onlyFor, onlyForThese, sameOriginOnly, seeOther } from "../web/index.ts";
import { applicationRoutes, applicationsPath } from "./application-routes.ts";
import { letsOlderLeadBack } from "./beside-older.ts";
import { consentQuestion } from "./consent-question.ts";
import { errorDocumentation } from "./error-documentation.ts";
import { choiceQuestion } from "./choice-question.ts";
import { noAccessQuestion } from "./establishment-questions.ts";
import { type ForeignInteraction, withInteraction } from "./interaction.ts";
import { type Question, interactionRoutes } from "./interactions.ts";
import { countsWritten } from "./kept-requests.ts";
import { leavesByPage } from "./leaving.ts";
import { answersOutages } from "./outages.ts";
import { ownSignInRoutes } from "./own-sign-in.ts";
import { passkeyRequestRoutes } from "./passkey-request-routes.ts";
import { plainAnswers } from "./plain-answers.ts";
import { postedRequests } from "./posted-requests.ts";
import type { ProviderActs } from "./provider-acts.ts";
import { leadsOnAfterSignOut } from "./provider-pages.ts";
import type { ProviderPorts } from "./provider-ports.ts";
import { publishedDocuments } from "./published-documents.ts";
import { secondFactorQuestion } from "./second-factor-question.ts";
import { createQuestion, signInQuestion } from "./sign-in-question.ts";
import { refusesWrongMethods } from "./wrong-methods.ts";

/** The pages that a sign-in to our own pages may return to. */
const ownPages = [
  ...(["/account", "/account/email", passwordPath, accessRequestsPath] as const),
  ...([applicationsPath, organisationsPath] as const),
  ...securityPages,
  ...ownDataPages,
] as const;

/** What the provider serves: the library's endpoints, the questions of an authorization, signing in to our own pages. */
export function providerRoutes(ports: ProviderPorts, acts: ProviderActs): Partial<Routes> {
  const { ground, web, clients } = ports;
  const { issuer } = ground.settings;
  const { library } = acts;
  const registration = () =>
    clients.clients.isRegistrationOpen() ? `${issuer}${registrationPath}` : undefined;
  const endpoints = libraryEndpoints(ports, acts);
  const { findClient, wayBack } = clients;
  return {
    documents: [publishedDocuments(issuer, library.version, registration)],
    endpoints: [onlyForThese(library.paths, endpoints)],
    pages: [
      errorDocumentation(),
      // First of all: a form of another site comes without the cookie that finds the interaction.
      onlyFor(/^\/interaction\//i, sameOriginOnly(issuer)),
      withInteraction({
        ...{ library, findClient, wayBack, formGuards: web.formGuards },
        findForeign: foreignFinder(ports),
      }),
      ...(ground.besideOlder ? [onlyFor(/^\/interaction\//i, letsOlderLeadBack())] : []),
      interactionRoutes({
        ...{ ...acts, clock: ground.clock, formGuards: web.formGuards },
        questions: questionsOf(ports, acts),
      }).routes() as Middleware,
      passkeyRequestRoutes(ports.secondFactors.secondFactors).routes() as Middleware,
      applicationRoutes({
        ...{ applications: acts.applications, signedIn: ports.accounts.signedIn },
        ...{ record: ports.record, formGuards: web.formGuards },
      }).routes() as Middleware,
      ownSignInRoutes({
        ...{ issuer, random: ground.random, ownPages, record: ports.record },
        ...{ signOut: acts.signOut, formGuards: web.formGuards },
      }).routes() as Middleware,
    ],
    rest: [endpoints],
  };
}

/** The form of a sign-out leaves its address in the browser, as every form does (`formAddresses`): looked at, it leads to its question. */
const leadsToQuestion: Middleware = async (ctx, next) => {
  if (ctx.method === "GET" || ctx.method === "HEAD") seeOther(ctx, "/session/end");
  else await next();
};

/** What the library reads of a body (its `selective_body`). */
const mostLibraryBytes = 56 * 1024;

/** The library behind what counts and completes its requests. */
function libraryEndpoints(ports: ProviderPorts, acts: ProviderActs) {
  const { ground, record, web, clients } = ports;
  const { settings, random } = ground;
  const { issuer } = settings;
  const { limits } = web;
  const { artifacts } = ports.artifacts;
  const { findClient, startAgain } = clients;
  const confirmGuards = [
    leadsToQuestion,
    sameOriginOnly(issuer),
    bodyWithinLimit(mostLibraryBytes),
  ];
  return compose([
    onlyFor(/^\/session\/end\/confirm\/?$/i, compose(confirmGuards)),
    onlyFor(/^\/auth\/?$/i, async (ctx, next) => {
      // What names no client is refused before anything is asked, and a POST is counted when it comes back.
      const isAsked = ctx.query["client_id"] ?? ctx.query["posted_request"];
      if (isAsked !== undefined) await limits.limit("authorization").consume(ctx.ip);
      await next();
    }),
    onlyFor(/^\/session\/end\b/i, async (_ctx, next) => {
      // Sessions would end, and their clients would not be told.
      const fault = ground.maintenance.fault();
      if (fault) throw fault;
      await next();
    }),
    onlyFor(/^\/(?:session\/end|request)\/?$/i, countsWritten(limits)),
    postedRequests({ artifacts, random, limits, startAgain }),
    plainAnswers(),
    refusesWrongMethods(acts.library.paths),
    leavesByPage({ issuer, findClient }),
    leadsOnAfterSignOut(record),
    answersOutages(),
    acts.library.endpoints,
  ]);
}

/** The question of each prompt. */
function questionsOf(ports: ProviderPorts, acts: ProviderActs): Readonly<Record<string, Question>> {
  const { ground, record, web, clients, accounts, secondFactors, establishments } = ports;
  const { artifacts } = ports.artifacts;
  const { contactUrl } = ground.settings;
  const { limits } = web;
  const { signIn: check, passwords, subjectOf, waitingPage } = accounts;
  const { onReplaced } = accounts.endings;
  const asked = { ...acts, record, limits, contactUrl, clock: ground.clock, onReplaced };
  const cookies = browserCookies();
  const signIn = signInQuestion({
    ...asked,
    signIn: check,
    passkeySignIn: secondFactors.secondFactors.passkeySignIn,
    passwords,
    subjectOf,
    cookies,
    waitingPage,
  });
  const establishment = { ...asked, accessRequests: establishments.accessRequests };
  return {
    login: signIn,
    select_account: signIn,
    create: createQuestion(signIn),
    select_establishment: choiceQuestion({ ...asked, choices: establishments.choices }),
    no_access: noAccessQuestion(establishment),
    consent: consentQuestion({ ...asked, ...clients, artifacts }),
    second_factor: secondFactorQuestion({ ...asked, ...secondFactors, cookies }),
  };
}

/** What is known of an interaction that this browser holds no cookie of. */
function foreignFinder({ artifacts: { artifacts } }: ProviderPorts) {
  return async (uid: string): Promise<ForeignInteraction | undefined> => {
    const found = await artifacts.find("Interaction", uid);
    const clientId = (found?.payload["params"] as { client_id?: unknown } | undefined)?.client_id;
    return found && typeof clientId === "string" ? { ...found, clientId } : undefined;
  };
}
