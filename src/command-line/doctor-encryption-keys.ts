import { type KeyHolding, type Sealed, keyHoldings } from "../secrets/index.ts";
import { type Finding, fine, problem, warning } from "./doctor-finding.ts";

const check = "encryption";

/** What each of `ENCRYPTION_KEYS` still holds, over all tables, and which of them may go. Keys are named by their identifier. */
export async function encryptionKeyFindings(
  sealed: readonly Sealed[],
  keyIds: readonly string[],
): Promise<readonly Finding[]> {
  const holdings = await keyHoldings(sealed);
  const heldBy = (keyId: string) => holdings.filter((each) => each.keyId === keyId);
  const idsOf = (held: readonly KeyHolding[]) => [...new Set(held.map(({ keyId }) => keyId))];
  const missing = idsOf(holdings.filter(({ given }) => !given));
  // Those of AUDIT_KEYS: they sign and never seal.
  const others = idsOf(holdings.filter(({ given, keyId }) => given && !keyIds.includes(keyId)));
  return [
    ...keyIds.map((keyId, place) => keyFinding(keyId, place, heldBy(keyId))),
    ...others.map((keyId) => fine(check, `${keyId} of AUDIT_KEYS holds ${counted(heldBy(keyId))}`)),
    ...missing.map((keyId) =>
      problem(
        check,
        `${keyId}, a key that is not given, holds ${counted(heldBy(keyId))}`,
        `add that key at the end of ENCRYPTION_KEYS (or of AUDIT_KEYS, had it signed the audit), then run "lopauth keys reencrypt"; without it these cannot be read, or verified`,
      ),
    ),
  ];
}

function keyFinding(keyId: string, place: number, held: readonly KeyHolding[]): Finding {
  const which = `key ${place + 1} of ENCRYPTION_KEYS (${keyId})`;
  if (place === 0) return fine(check, `${which} encrypts, and holds ${counted(held)}`);
  if (held.length > 0) {
    const advice = `keep it; once every node has the first key in front, "lopauth keys reencrypt" frees it (the server does so every hour)`;
    return warning(check, `${which} still holds ${counted(held)}`, advice);
  }
  const found = `${which} holds nothing`;
  const advice =
    "it may go: take it out of ENCRYPTION_KEYS an hour after it last was the first, when pages opened under it are closed";
  return { check, state: "ok", found, advice };
}

function counted(held: readonly KeyHolding[]): string {
  return held.map(({ table, count }) => `${count} of ${table}`).join(", ") || "nothing";
}
