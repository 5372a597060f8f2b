import Provider, { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import type {
  ArtifactModel,
  ArtifactStore,
  NewArtifact,
  StoredArtifact,
} from "../artifacts/index.ts";
import type { Clock } from "../foundation/index.ts";
import { withReadableAnswer } from "./answer-form.ts";
import { carriedBy, credentialsName } from "./carried-credentials.ts";
import type { ArtifactReads } from "./grant-reads.ts";
import type { CountKept } from "./kept-requests.ts";
import {
  type ClientAdapterOptions,
  type ServedClients,
  clientAdapter,
  isIssuedToServed,
} from "./client-adapter.ts";
import {
  type RefreshRetries,
  createRefreshRetries,
  replacedRefreshToken,
} from "./refresh-retries.ts";

/**
 * The library's storage contract on the artifact store. What is bearer in an identifier never
 * reaches a row: the store keeps digests, and `jti` is taken out of the payload here and put back at
 * each find. What must happen once is one conditional statement below.
 */
export function adapterFor(
  parts: ArtifactParts,
  clients: ServedClients,
  { issuer, ...options }: AdapterOptions,
): (model: string) => Adapter {
  const { artifacts, clock } = parts;
  const retries = createRefreshRetries({ artifacts, clients, clock });
  return (name) =>
    name === "Client"
      ? clientAdapter(clients, options)
      : artifactAdapter(name as ArtifactModel, { ...parts, clients, issuer, retries });
}

interface ModelParts extends ArtifactParts {
  readonly clients: ServedClients;
  readonly issuer: string;
  readonly retries: RefreshRetries;
}

function artifactAdapter(model: ArtifactModel, parts: ModelParts): Adapter {
  const { artifacts, artifactReads, retries } = parts;
  return {
    upsert: (id, payload, expiresIn) => upsert(model, parts, { id, payload, expiresIn }),
    find: async (id) => {
      const stored = await artifactReads.find(model, id);
      // A replay mark holds nothing that the library could read its end from.
      if (model === "ReplayDetection" && stored?.expired) return undefined;
      const isSpared = model === "RefreshToken" && stored !== undefined && retries.spares(stored);
      const found = isSpared ? { ...stored, consumedAt: undefined } : stored;
      return found && isIssuedToServed(parts.clients, found.payload)
        ? restored(model, parts.issuer, id, found)
        : undefined;
    },
    findByUid: async (uid) => (await artifacts.findByUid(model, uid))?.payload,
    // The device flow is off.
    findByUserCode: () => Promise.resolve(undefined),
    consume: async (id) => {
      if (await artifacts.consume(model, id)) return;
      if (model === "RefreshToken" && (await retries.retry(id))) return;
      const grantId = (await artifacts.find(model, id))?.payload["grantId"];
      if (typeof grantId === "string") await artifacts.removeGrant(grantId);
      throw model === "PushedAuthorizationRequest"
        ? new errors.InvalidRequestUri("this request_uri was used before")
        : new errors.InvalidGrant("already consumed");
    },
    destroy: (id) => (model === "Grant" ? artifacts.removeGrant(id) : artifacts.remove(model, id)),
    revokeByGrantId: (grantId) => artifacts.removeModelByGrant(model, grantId),
  };
}

/** What is to be kept, and for how long. */
interface Kept {
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly expiresIn: number | undefined;
}

async function upsert(
  model: ArtifactModel,
  { artifacts, countKept }: ModelParts,
  { id, payload, expiresIn }: Kept,
): Promise<void> {
  const expiresInSeconds = expiresIn === undefined ? undefined : wholeSeconds(expiresIn);
  if (model === "ReplayDetection") {
    // The library looks, then stores: only the insert itself can tell the first of two.
    if (await artifacts.insertOnce(model, id, expiresInSeconds ?? 0)) return;
    throw new errors.InvalidRequest("this proof or assertion was used before");
  }
  if (keptForStrangers.has(model)) await countKept(payload);
  const kept = await artifacts.put(model, id, artifactOf(model, payload), expiresInSeconds);
  // The grant ended while this was being made. A code tells its client so. A token is born dead
  // and its answer goes out: of twenty requests with one code the first still gets its 200
  // (RFC 6749 §4.1.2), while the second has ended the grant, and nothing that it holds is good.
  if (!kept && model === "AuthorizationCode") {
    throw new errors.AccessDenied("the grant has ended");
  }
}

/** A payload with what was taken out of it, for it can be rebuilt from its identifier. */
function restored(
  model: ArtifactModel,
  issuer: string,
  id: string,
  { payload, consumedAt }: StoredArtifact,
): AdapterPayload {
  return {
    ...(model === "Interaction" ? withReadableAnswer(payload) : payload),
    jti: id,
    // An ID token of a refresh has none: nobody waits for it (OpenID Connect Core §12.2).
    ...(model === "RefreshToken" ? { nonce: undefined } : undefined),
    ...(model === "Interaction" ? { returnTo: `${issuer}/auth/${id}` } : undefined),
    ...(consumedAt === undefined ? undefined : { consumed: consumedAt }),
  };
}

/** What a client's JWT says of its end may be a fraction (RFC 7519 §2, NumericDate); the stores keep whole seconds. */
function wholeSeconds(duration: number): number {
  if (!Number.isSafeInteger(Math.ceil(duration))) {
    throw new errors.InvalidRequest("an instant must be a number of seconds within reach");
  }
  return Math.ceil(duration);
}

/** The store, and its look-ups as one request makes them. */
export interface ArtifactParts {
  readonly artifacts: ArtifactStore;
  readonly artifactReads: ArtifactReads;
  readonly clock: Clock;
  readonly countKept: CountKept;
}

/** What the adapter is told beside its stores. */
export interface AdapterOptions extends ClientAdapterOptions {
  readonly issuer: string;
}

/** The columns of a payload, and the payload without what can be rebuilt from its identifier. */
function artifactOf(model: ArtifactModel, payload: AdapterPayload): NewArtifact {
  const kept = { ...payload };
  delete kept.jti;
  if (model === "Interaction") return interactionOf(kept);
  if (issuedUnderGrant.has(model)) kept[credentialsName] ??= carriedBy(grantOfRequest(payload));
  return {
    payload: kept,
    accountId: payload.accountId,
    grantId: payload.grantId,
    uid: uidOf(model, payload),
    clientId: payload.clientId,
  };
}

function uidOf(model: ArtifactModel, payload: AdapterPayload): string | undefined {
  if (model === "RefreshToken") return replacedRefreshToken();
  return model === "Session" ? payload.uid : undefined;
}

/** What is written for whoever asks, before anybody has signed in. */
const keptForStrangers: ReadonlySet<ArtifactModel> = new Set([
  "Interaction",
  "PushedAuthorizationRequest",
]);

const issuedUnderGrant: ReadonlySet<ArtifactModel> = new Set([
  "AuthorizationCode",
  "AccessToken",
  "RefreshToken",
]);

/** The grant that this request issues under: what comes of it was proven when it was. */
function grantOfRequest({ grantId }: AdapterPayload) {
  const grant = Provider.ctx?.oidc.entities.Grant;
  return grant?.jti === grantId ? grant : undefined;
}

/**
 * An interaction's address holds its identifier, and its session's cookie is a live secret: neither is stored. It is of
 * whom its answer signs in, else of whom it was asked: with an account its answers end too. One that is asked in a session
 * that counts no more is asked of nobody: it does not end when that session is taken away.
 */
function interactionOf(kept: AdapterPayload): NewArtifact {
  delete kept.returnTo;
  const answered = kept.result?.login?.accountId;
  if (isVoid()) delete kept.session;
  if (!kept.session) return { payload: kept, accountId: answered, clientId: clientOf(kept) };
  const session = { ...(kept.session as { accountId?: string; cookie?: string }) };
  delete session.cookie;
  return {
    payload: { ...kept, session },
    accountId: answered ?? session.accountId,
    clientId: clientOf(kept),
  };
}

/** Whether the session of this request names an account that it is no proof of any more. */
function isVoid(): boolean {
  const { session, account } = Provider.ctx?.oidc ?? {};
  return session?.accountId !== undefined && account === undefined;
}

function clientOf(payload: AdapterPayload): string | undefined {
  const clientId = payload.params?.["client_id"];
  return typeof clientId === "string" ? clientId : undefined;
}
