import type { Context } from "koa";
import type { Account, OwnSessions, OwnSignIn } from "./accounts/index.ts";
import type { Application } from "./application.ts";
import type { AuditEntry } from "./audit/index.ts";
import { type ClientMetadata, serviceName } from "./clients/index.ts";
import { isoInstant } from "./foundation/index.ts";

/** What a person's data is gathered from. */
export interface OwnDataSources {
  readonly application: Application;
  readonly sessions: OwnSessions;
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
}

/** A person's sign-ins, refused ones too, from the audit. */
export function ownSignIns({ application, findClient }: OwnDataSources) {
  return async ({ sub, email }: Account, limit: number): Promise<OwnSignIn[]> => {
    const entries = await application.audit.signIns({ sub, email }, limit);
    return entries.map(({ occurredAt, outcome, clientId, network }) => {
      const client = clientId === undefined ? undefined : findClient(clientId);
      return {
        at: occurredAt,
        accepted: outcome === "accepted",
        service: client && serviceName(client),
        network,
      };
    });
  };
}

/**
 * Everything that every room knows of a person, as the General Data Protection Regulation has it (articles 15
 * and 20): all but secrets, which no one may read, and but who among the staff acted.
 */
export function ownData({ application, sessions }: OwnDataSources) {
  return async (ctx: Context, account: Account): Promise<object> => {
    const { accesses, accountMails, audit, knownBrowsers, secondFactors } = application;
    const { sub, email } = account;
    const events: AuditEntry[] = [];
    for await (const entry of audit.all({ person: { sub, email } })) events.push(entry);
    return {
      account: identityOf(account),
      accesses: (await accesses.list({ accountId: account.id })).map(
        ({ siret, name, state, openedAt, untilAt, closedAt }) => ({
          siret,
          name,
          state,
          opened_at: instant(openedAt),
          until: instant(untilAt),
          closed_at: instant(closedAt),
        }),
      ),
      second_factors: await factorsOf(secondFactors, sub),
      sessions: (await sessions.list(ctx, account)).map(({ since, services }) => ({
        since: instant(since),
        services,
      })),
      known_browsers: (await knownBrowsers.list(sub)).map(({ createdAt, lastUsedAt }) => ({
        created_at: instant(createdAt),
        last_used_at: instant(lastUsedAt),
      })),
      mails: (await accountMails.list(sub)).map(({ name, state, createdAt, endedAt }) => ({
        name,
        state,
        created_at: instant(createdAt),
        ended_at: instant(endedAt),
      })),
      events: events.map(eventOf),
    };
  };
}

function identityOf(account: Account): object {
  return {
    sub: account.sub,
    email: account.email,
    given_name: account.givenName,
    family_name: account.familyName,
    locale: account.locale,
    role: account.role,
    signed_up_at: instant(account.createdAt),
    signed_up_for: account.clientId,
    email_verified_at: instant(account.emailVerifiedAt),
    credentials_changed_at: instant(account.credentialsChangedAt || undefined),
    updated_at: instant(account.updatedAt),
  };
}

async function factorsOf(
  { held, passkeys }: Application["secondFactors"],
  sub: string,
): Promise<object> {
  const { totpSince, recoveryCodesLeft } = await held(sub);
  return {
    application_since: instant(totpSince),
    recovery_codes_left: recoveryCodesLeft,
    passkeys: (await passkeys.list(sub)).map(({ name, createdAt, lastUsedAt }) => ({
      name,
      created_at: instant(createdAt),
      last_used_at: instant(lastUsedAt),
    })),
  };
}

function eventOf(entry: AuditEntry): object {
  return {
    name: entry.name,
    at: instant(entry.occurredAt),
    outcome: entry.outcome,
    reason: entry.reason,
    client_id: entry.clientId,
    network: entry.network,
    details: entry.details,
  };
}

/** ISO 8601, which people and programs read alike. */
function instant(epochSeconds: number | undefined): string | undefined {
  return epochSeconds === undefined ? undefined : isoInstant(epochSeconds);
}
