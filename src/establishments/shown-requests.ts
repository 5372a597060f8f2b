import { shownInstant } from "../accounts/index.ts";
import type { Locale } from "../foundation/index.ts";
import type { RequestNotice, ShownAccessRequest } from "./page-models.ts";
import type { AccessRequest, Asked } from "./access-request.ts";
import { type Siret, formatSiret, parseSiret } from "./siret.ts";

/**
 * Requests as the person's own pages show them: an accepted one without the note of who accepted it.
 * @param withdrawAction where the form that takes one back is sent
 */
export function shownRequests(
  requests: readonly AccessRequest[],
  locale: Locale,
  withdrawAction: string,
): ShownAccessRequest[] {
  return requests.map((request) => {
    const { id, establishments, message, state, askedAt, decidedAt } = request;
    const [first, ...others] = establishments;
    const isOne = others.every((each) => each.state === first?.state);
    // What its person took back was answered by nobody.
    const isTakenBack = establishments.some((each) => each.state === "withdrawn");
    return {
      establishments: establishments.map((each) => ({
        formatted: formatSiret(each.siret),
        state: each.state,
      })),
      message,
      state: isOne ? first?.state : undefined,
      withdraw: state === "waiting" ? { action: withdrawAction, id: String(id) } : undefined,
      asked: shownInstant(askedAt, locale),
      decided: decidedAt === undefined || isTakenBack ? undefined : shownInstant(decidedAt, locale),
      reason: state === "refused" ? request.reason : request.refusalReason,
    };
  });
}

/** The query of the page that follows a request that was kept: it says what was left out of it. */
export function askedQuery({ alreadyWaiting, alreadyOpen }: Asked): string {
  const left = [...alreadyWaiting, ...alreadyOpen].join(" ");
  return String(new URLSearchParams({ done: "asked", ...(left !== "" && { left }) }));
}

/**
 * What the page says was just done, by its address.
 * @param known says of these what waits and what is open now: an address alone asserts nothing
 */
export async function requestNotice(
  { done, left }: Readonly<Record<string, unknown>>,
  known: (sirets: readonly Siret[]) => Promise<Pick<Asked, "alreadyWaiting" | "alreadyOpen">>,
): Promise<RequestNotice | undefined> {
  if (done !== "asked" && done !== "withdrawn") return undefined;
  const sirets = (typeof left === "string" ? left.slice(0, 1000) : "")
    .split(" ")
    .flatMap((each) => {
      const siret = parseSiret(each);
      return siret.accepted ? [siret.value] : [];
    });
  const { alreadyWaiting, alreadyOpen } =
    sirets.length === 0 ? { alreadyWaiting: [], alreadyOpen: [] } : await known(sirets);
  return {
    done,
    alreadyWaiting: alreadyWaiting.map(formatSiret),
    alreadyOpen: alreadyOpen.map(formatSiret),
  };
}
