import type { Middleware } from "koa";
import type { AccountActs } from "../accounts/index.ts";
import type { ArtifactActs } from "../artifacts/index.ts";
import type { ClientActs } from "../clients/index.ts";
import type { EstablishmentActs } from "../establishments/index.ts";
import { type Ground, type Room, room } from "../house/index.ts";
import type { MailActs } from "../mail/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import { sealedColumn } from "../secrets/index.ts";
import { type Idempotency, createIdempotency, sealedAnswers } from "./idempotency.ts";
import { mailEventRoutes } from "./mail-event-routes.ts";
import { apiRoutes } from "./routes.ts";
import type { TokenCheckParts } from "./token-check.ts";

/** What the API stands on. */
export interface ApiPorts {
  readonly ground: Ground;
  readonly record: RecordEvent;
  readonly clients: Pick<ClientActs, "clients">;
  readonly artifacts: ArtifactActs;
  readonly mail: Pick<MailActs, "refusedAddresses">;
  readonly accounts: Pick<AccountActs, "accounts" | "accountPages" | "subjectOf">;
  readonly establishments: EstablishmentActs;
  readonly provider: { readonly library: Pick<TokenCheckParts, "publicKeys"> };
}

/** What other rooms ask of it. */
export interface ApiActs {
  readonly idempotency: Idempotency;
}

/** Opens the API. */
export function openApi(ports: ApiPorts): Room<ApiActs> {
  const { ground, record, clients, accounts, establishments, provider } = ports;
  const { database, clock, random, logger, encryption, settings } = ground;
  const idempotency = createIdempotency({ database, clock, random, encryption });
  const nobody = { because: "under the name of a program, and encrypted" };
  return room({
    name: "api",
    acts: { idempotency },
    routes: {
      pages: [
        mailEventRoutes({
          ...{ settings: settings.mailEvents, clock, random, logger, record },
          ...{ ...ports.mail, ...ports.artifacts, subjectOf: accounts.subjectOf },
        }).routes() as Middleware,
        apiRoutes({
          ...{ clock, random, logger, encryption, record, idempotency, issuer: settings.issuer },
          ...{ ...accounts, ...establishments, clients: clients.clients },
          publicKeys: provider.library.publicKeys,
        }).routes() as Middleware,
      ],
    },
    sealed: [sealedColumn(ground, sealedAnswers)],
    tables: [
      {
        table: "idempotency_keys",
        personal: ["encrypted_answer"],
        impersonal: ["digest", "fingerprint", "owner", "lease_ends_at", "expires_at"],
        export: nobody,
        erase: { because: "a day's memory of what a program was answered" },
        purge: [{ as: "idempotencyKeys", run: () => idempotency.purge() }],
      },
    ],
  });
}
