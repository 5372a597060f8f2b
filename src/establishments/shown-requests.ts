import { shownInstant } from "../accounts/index.ts";
import type { Locale } from "../foundation/index.ts";
import type { ShownAccessRequest } from "../web/index.ts";
import type { AccessRequest } from "./access-request.ts";
import { formatSiret } from "./siret.ts";

/** Requests as the person's own pages show them: an accepted one without the note of who accepted it. */
export function shownRequests(
  requests: readonly AccessRequest[],
  locale: Locale,
): ShownAccessRequest[] {
  return requests.map(({ sirets, message, state, askedAt, decidedAt, reason }) => ({
    sirets: sirets.map(formatSiret),
    message,
    state,
    asked: shownInstant(askedAt, locale),
    decided: decidedAt === undefined ? undefined : shownInstant(decidedAt, locale),
    reason: state === "refused" ? reason : undefined,
  }));
}
