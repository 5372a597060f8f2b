import {
  type KeyHolding,
  type SealedColumn,
  type SealingParts,
  keyHoldings,
} from "../secrets/index.ts";
import { type Finding, fine, problem, warning } from "./doctor-finding.ts";

const check = "encryption";

/** What each of `ENCRYPTION_KEYS` still holds, over all tables, and which of them may go. Keys are named by their identifier. */
export async function encryptionKeyFindings(
  columns: readonly SealedColumn[],
  parts: SealingParts,
): Promise<readonly Finding[]> {
  const { keyIds } = parts.encryption;
  const holdings = await keyHoldings(columns, parts);
  const heldBy = (keyId: string) => holdings.filter((each) => each.keyId === keyId);
  const missing = [...new Set(holdings.map(({ keyId }) => keyId))].filter(
    (keyId) => !keyIds.includes(keyId),
  );
  return [
    ...keyIds.map((keyId, place) => keyFinding(keyId, place, heldBy(keyId))),
    ...missing.map((keyId) =>
      problem(
        check,
        `${keyId}, which ENCRYPTION_KEYS does not hold, sealed ${counted(heldBy(keyId))}`,
        `add that key at the end of ENCRYPTION_KEYS, then run "lopauth keys reencrypt"; without it these cannot be read`,
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
