import type { RecordEvent } from "../operations/index.ts";
import { AccessRequests } from "./access-requests.ts";
import { type AccessSurroundings, Accesses } from "./accesses.ts";
import { Details } from "./details.ts";
import { createDirectory } from "./directory-client.ts";
import { Invitations } from "./invitations.ts";
import { recordActs } from "./recorded-acts.ts";
import { accessRequestsPath } from "./request-routes.ts";

/** What this room stands on. */
export interface EstablishmentsParts extends AccessSurroundings {
  readonly issuer: string;
  readonly record: RecordEvent;
  /** `DIRECTORY_URL`; without it no directory is asked. */
  readonly directoryUrl: string | undefined;
}

/** All that this room does, as other rooms are given it. */
export interface Establishments {
  readonly accesses: Accesses;
  readonly invitations: Invitations;
  readonly accessRequests: AccessRequests;
  readonly details: Details;
}

/** Builds each part once, and has recorded what they announce. */
export function openEstablishments(parts: EstablishmentsParts): Establishments {
  const { issuer, directoryUrl: url } = parts;
  const accesses = new Accesses(parts);
  const invitations = new Invitations({ ...parts, accesses, signUpUrl: `${issuer}/signup` });
  const requestsUrl = `${issuer}${accessRequestsPath}`;
  const accessRequests = new AccessRequests({ ...parts, accesses, requestsUrl });
  const directory = url === undefined ? undefined : createDirectory({ ...parts, url });
  recordActs({ accesses, invitations, accessRequests }, parts.record);
  return { accesses, invitations, accessRequests, details: new Details({ ...parts, directory }) };
}
