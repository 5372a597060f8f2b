import type { AccountActs } from "../accounts/index.ts";
import type { ArtifactActs } from "../artifacts/index.ts";
import type { ClientActs } from "../clients/index.ts";
import type { EstablishmentActs } from "../establishments/index.ts";
import type { Ground } from "../house/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import type { OutboxActs } from "../outbox/index.ts";
import type { SecondFactorActs } from "../second-factors/index.ts";
import type { WebActs } from "../web/index.ts";

/** What the provider stands on. */
export interface ProviderPorts {
  readonly ground: Ground;
  readonly record: RecordEvent;
  readonly artifacts: ArtifactActs;
  readonly outbox: OutboxActs;
  readonly web: WebActs;
  readonly clients: ClientActs;
  readonly accounts: AccountActs;
  readonly secondFactors: SecondFactorActs;
  readonly establishments: EstablishmentActs;
}
