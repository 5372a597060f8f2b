import { type Account, stillCounts } from "../accounts/index.ts";
import type { ArtifactStore } from "../artifacts/index.ts";
import { type ClientMetadata, type ResourceServer, serviceName } from "../clients/index.ts";
import { type Clock, isoInstant } from "../foundation/index.ts";
import type { ApplicationUseStore } from "./application-use-store.ts";
import { carriedBy } from "./carried-credentials.ts";
import { wordedData } from "./granted-data.ts";
import { ownClientId } from "./own-client.ts";
import type { Revocation } from "./revocation.ts";
import { type UsedService, grantedServices } from "./used-services.ts";

/** An application that holds something of a person's now. */
export interface GrantedApplication {
  readonly clientId: string;
  readonly name: string;
  readonly uri: string | undefined;
  /** One of l'Opcommerce's own: nobody is asked before it knows something. */
  readonly isFirstParty: boolean;
  /** Which data, as scopes that pages word. */
  readonly data: readonly string[];
  /** Which resource servers it uses in the person's name. */
  readonly services: readonly UsedService[];
  /** When the oldest of its grants was given, epoch seconds. */
  readonly since: number;
  /** When it last used one; undefined when it has not yet, or some seconds ago for the first time. */
  readonly lastUsedAt: number | undefined;
}

/** What people let applications know, seen and taken back. */
export interface GrantedApplications {
  /** By name. */
  readonly list: (account: Account) => Promise<readonly GrantedApplication[]>;
  /**
   * Ends every grant of a client and all that was issued under it, at once.
   * @returns false when there was none
   */
  readonly withdraw: (account: Account, clientId: string) => Promise<boolean>;
}

/** What they are built of. */
export interface GrantedApplicationParts {
  readonly artifacts: Pick<ArtifactStore, "grantsOf">;
  readonly clock: Clock;
  readonly uses: Pick<ApplicationUseStore, "list" | "remove">;
  readonly revocation: Pick<Revocation, "ofClient">;
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
  readonly resources: readonly ResourceServer[];
}

/** Builds them on the grants that live. */
export function createGrantedApplications(parts: GrantedApplicationParts): GrantedApplications {
  return {
    list: async (account) => {
      const [grants, uses] = await Promise.all([
        livingGrants(parts, account),
        parts.uses.list(account.sub),
      ]);
      const byClient = Map.groupBy(grants, ({ clientId }) => clientId);
      return [...byClient]
        .map(([clientId, own]) => ({
          ...described(parts, clientId, own),
          lastUsedAt: uses.get(clientId),
        }))
        .sort((left, right) => left.name.localeCompare(right.name, "fr"));
    },
    withdraw: async (account, clientId) => {
      const held = await livingGrants(parts, account);
      if (!held.some((grant) => grant.clientId === clientId)) return false;
      await parts.revocation.ofClient(account.sub, clientId);
      await parts.uses.remove(account.sub, clientId);
      return true;
    },
  };
}

/** What a person is given of it. */
export function exportedApplication(application: GrantedApplication): object {
  const { clientId, name, data, services, since, lastUsedAt } = application;
  return {
    client_id: clientId,
    name,
    data,
    services,
    since: isoInstant(since),
    last_used_at: lastUsedAt === undefined ? null : isoInstant(lastUsedAt),
  };
}

/** What the library writes of a grant, as far as it is read here. */
interface GrantPayload {
  readonly clientId: string;
  readonly iat: number;
  readonly openid?: { readonly scope?: string; readonly claims?: readonly string[] };
  readonly resources?: Readonly<Record<string, string>>;
}

async function livingGrants(
  { artifacts, clock }: Pick<GrantedApplicationParts, "artifacts" | "clock">,
  account: Account,
): Promise<readonly GrantPayload[]> {
  const grants = (await artifacts.grantsOf(account.sub)) as unknown as GrantPayload[];
  return grants.filter(
    (grant) =>
      grant.clientId !== ownClientId &&
      stillCounts({ credentials: carriedBy(grant), at: grant.iat }, account, clock),
  );
}

function described(
  { findClient, resources }: Pick<GrantedApplicationParts, "findClient" | "resources">,
  clientId: string,
  grants: readonly GrantPayload[],
): Omit<GrantedApplication, "lastUsedAt"> {
  const client = findClient(clientId);
  const may = client?.scope?.split(" ");
  // What the client may ask for no more it is told no more.
  const isStill = (scope: string) => may?.includes(scope) ?? true;
  const scopes = grants.flatMap(({ openid }) => openid?.scope?.split(" ") ?? []);
  const claims = grants.flatMap(({ openid }) => openid?.claims ?? []);
  return {
    clientId,
    name: client ? serviceName(client) : clientId,
    uri: client?.client_uri,
    isFirstParty: client?.first_party === true,
    data: wordedData(scopes, claims).filter((scope) => scope === "openid" || isStill(scope)),
    services: grantedServices(
      resources,
      grants.map((grant) => grant.resources ?? {}),
      isStill,
    ),
    since: Math.min(...grants.map(({ iat }) => iat)),
  };
}
