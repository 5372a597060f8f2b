import { createEncryption, days } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { counted } from "./answer.ts";
import {
  type DoctorParts,
  type Finding,
  fine,
  notChecked,
  problem,
  warning,
} from "./doctor-finding.ts";

/** The job rotates after 90 days; a week later it is clear that it does not. */
const longestSigningSeconds = days(97);

/** Whether the keys that sign tokens can be read with `ENCRYPTION_KEYS`, are not too old, and have followers. */
export async function keyFindings(
  database: Database,
  { settings, wrong, clock, random }: DoctorParts,
): Promise<readonly Finding[]> {
  if (wrong?.has("ENCRYPTION_KEYS")) {
    return [notChecked("keys", "ENCRYPTION_KEYS must be right first", "see the check settings")];
  }
  // With the provider comes oidc-provider: see opened-application.
  const { SigningKeyStore, decryptsSigningKey } = await import("../provider/index.ts");
  const keys = await new SigningKeyStore(database.knex).list();
  if (keys.length === 0) {
    const advice = "start the provider: it makes the keys at its first start";
    return [warning("keys", "there is no signing key yet", advice)];
  }
  const encryption = createEncryption(settings.encryptionKeys, random);
  const locked = keys.filter((key) => !decryptsSigningKey(key, encryption));
  if (locked.length > 0) {
    const found = `ENCRYPTION_KEYS opens ${keys.length - locked.length} of ${keys.length} signing keys`;
    const advice =
      "add the key that was used before at the end of ENCRYPTION_KEYS (its first encrypts, all decrypt); a server with these settings does not start";
    return [problem("keys", found, advice)];
  }
  const current = keys.filter(({ state }) => state === "current");
  const since = Math.min(...current.map((key) => key.currentSince ?? key.createdAt));
  const age = clock.epochSeconds() - since;
  const found = `${current.length} sign, the oldest for ${counted(Math.floor(age / days(1)), "day", "days")}; ENCRYPTION_KEYS opens all ${keys.length}`;
  const withoutNext = current.filter(
    ({ alg }) => !keys.some((key) => key.alg === alg && key.state === "next"),
  );
  if (withoutNext.length > 0) {
    const names = withoutNext.map(({ alg }) => alg).join(", ");
    const advice = "restart the provider: it publishes the keys that are missing";
    return [warning("keys", `there is no next key for ${names}`, advice)];
  }
  if (age > longestSigningSeconds) {
    const advice = `run "lopauth keys rotate", and see in the server's log why its job rotate-signing-keys does not`;
    return [warning("keys", found, advice)];
  }
  return [fine("keys", found)];
}
