import type { Account, OwnSignIn } from "./accounts/index.ts";
import { type Application, tablesOf } from "./application.ts";
import { type ClientMetadata, serviceName } from "./clients/index.ts";
import { isoInstant } from "./foundation/index.ts";
import { exported } from "./house/index.ts";

/** What a person's data is gathered from. */
export interface OwnDataSources {
  readonly application: Application;
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
export function ownData({ application }: Pick<OwnDataSources, "application">) {
  return async (account: Account): Promise<object> => {
    const { accesses, knownBrowsers, rooms } = application;
    const { sub } = account;
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
      known_browsers: (await knownBrowsers.list(sub)).map(({ createdAt, lastUsedAt }) => ({
        created_at: instant(createdAt),
        last_used_at: instant(lastUsedAt),
      })),
      ...(await exported(tablesOf(rooms), account)),
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

/** ISO 8601, which people and programs read alike. */
function instant(epochSeconds: number | undefined): string | undefined {
  return epochSeconds === undefined ? undefined : isoInstant(epochSeconds);
}
