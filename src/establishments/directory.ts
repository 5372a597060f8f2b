import type { Outcome } from "../foundation/index.ts";
import type { Siret } from "./siret.ts";

/** What the public directory says of an establishment. */
export interface EstablishmentDetails {
  readonly name?: string;
  /** On one line. */
  readonly address?: string;
  readonly state: AdministrativeState;
}

/** Whether an establishment still is one. */
export type AdministrativeState = "active" | "closed";

/**
 * Why nothing is known. `unknown`: the directory has no such establishment. `too-many-requests`: `details.seconds`
 * says how long to wait.
 */
export type DirectoryReason = "unknown" | "unreachable" | "too-many-requests";

/** The port to a directory of establishments. It never throws, and ends within seconds. */
export interface EstablishmentDirectory {
  readonly find: (siret: Siret) => Promise<Outcome<EstablishmentDetails, DirectoryReason>>;
}
