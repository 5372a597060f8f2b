import { ownDeclarations } from "../application.ts";
import { proveArtifacts } from "../artifacts/index.ts";
import { proveAuditKeys } from "../audit/index.ts";
import { proveUnclashed, readDeclarations } from "../clients/index.ts";
import { type Clock, type Random, createEncryption } from "../foundation/index.ts";
import type { Judgement, Listener, Settings } from "../operations/index.ts";
import { proveIdentity } from "../secrets/index.ts";
import type { Database } from "../storage/index.ts";
import { readLegalTexts } from "../web/index.ts";
import { readDeclaredWebhooks } from "../webhooks/index.ts";

/** What declared files are judged by. */
const declared = ["CLIENTS_FILE", "CLIENTS_FILE_VARIABLES"];

/** `CLIENTS_FILE`, and what stands beside it. */
export function judgedDeclarations(settings: Settings): readonly Judgement[] {
  const ours = ownDeclarations(settings);
  return [
    { needs: declared, judge: () => readDeclarations(settings, ours) },
    { needs: declared, judge: () => readDeclaredWebhooks(settings) },
  ];
}

/** Every file that rooms are opened with. */
export function judgedFiles(settings: Settings): readonly Judgement[] {
  const judge = () => readLegalTexts(settings.legalTexts);
  return [{ needs: ["LEGAL_TEXTS"], judge }, ...judgedDeclarations(settings)];
}

/** The store of the artifacts, where it is not the register's. */
export function judgedArtifacts(settings: Settings, clock: Clock): readonly Judgement[] {
  return [{ needs: ["ARTIFACTS_URL"], judge: () => proveArtifacts(settings, clock) }];
}

/** What is in a register that has every migration. */
export function judgedRegister(
  settings: Settings,
  database: Database,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): readonly Judgement[] {
  const encryption = () => createEncryption(settings.encryptionKeys, random);
  return [
    { needs: ["ENCRYPTION_KEYS"], judge: () => proveIdentity(database, encryption(), clock) },
    { needs: ["ENCRYPTION_KEYS", "AUDIT_KEYS"], judge: () => proveAuditKeys(database, settings) },
    { needs: declared, judge: () => proveUnclashed(database, clock, settings) },
  ];
}

/** Where the provider itself listens. */
export function ownListeners({ host, port, watch: { metrics } }: Settings): readonly Listener[] {
  return [
    { name: "PORT", hostName: "HOST", host, port },
    ...(metrics ? [{ name: "METRICS_PORT", hostName: "METRICS_HOST", ...metrics }] : []),
  ];
}
