import { type Gauge, seconds } from "../foundation/index.ts";
import { type ClaimedTable, type Ground, type Room, room } from "../house/index.ts";
import { sealedColumn } from "../secrets/index.ts";
import type { Job } from "../operations/index.ts";
import { type AccountActs, createAccountActs } from "./account-acts.ts";
import { accountPages } from "./account-pages.ts";
import type { AccountPorts } from "./account-ports.ts";
import { accountTables } from "./account-tables.ts";
import { mayChangeClients } from "./client-authority.ts";
import { keptFormRoutes } from "./kept-form-routes.ts";
import { KeptFormStore } from "./kept-form-store.ts";
import { keptFormPlace } from "./kept-forms.ts";
import { accountWayBack } from "./way-back.ts";
import type { QueueFigures } from "./worker-queue.ts";

const accountLetters = [
  ...["accounts/validation", "accounts/existing-account"],
  ...["accounts/account-disabled", "accounts/recovery"],
  ...["accounts/password-changed", "accounts/inactivity"],
  ...["accounts/address-change", "accounts/address-changed"],
  ...["accounts/address-correction", "accounts/address-correction-asked"],
  ...["accounts/new-browser", "accounts/deleted"],
];

/** What this room records. */
const accountEvents = [
  "sign-up-requested",
  "validation-letter-requested",
  "account-validated",
  "recovery-requested",
  "password-changed",
  "profile-changed",
  "address-change-requested",
  "address-changed",
  "data-downloaded",
  "account-disabled",
  "account-enabled",
  "account-deleted",
  "account-imported",
  "inactivity-warned",
  "staff-added",
  "staff-removed",
  "everybodys-sessions-ended",
] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly accounts: (typeof accountEvents)[number];
  }
}

/** Opens accounts. */
export function openAccounts(ports: AccountPorts): Room<AccountActs> {
  const acts = createAccountActs(ports);
  const { ground, clients } = ports;
  clients.clientAuthority.answerBy(mayChangeClients);
  return room({
    name: "accounts",
    acts,
    routes: {
      // In front of every page: a form that is taken up again goes on to the routes behind, those of higher rooms too.
      endpoints: [
        accountWayBack(ports.clients),
        keptFormRoutes({ ...acts, issuer: ground.settings.issuer }),
      ],
      pages: accountPages(ports, acts),
    },
    jobs: accountJobs(ports, acts),
    tables: [...accountTables({ ...acts, clock: ground.clock }), keptFormsTable(ground)],
    sealed: [
      sealedColumn(ground, {
        ...{ table: "kept_forms", key: "id_digest", column: "sealed", place: keptFormPlace },
      }),
    ],
    letters: accountLetters,
    events: accountEvents,
    gauges: queueGauges([acts.queue, acts.policy]),
    close: async () => {
      await Promise.all([acts.queue.close(), acts.policy.close()]);
    },
  });
}

function queueGauges(
  queues: readonly { readonly figures: () => QueueFigures }[],
): readonly Gauge[] {
  const gauge = (name: string, help: string, of: (figures: QueueFigures) => number): Gauge => ({
    name,
    help,
    ofProcess: true,
    read: () =>
      queues.map(({ figures }) => ({ labels: { queue: figures().name }, value: of(figures()) })),
  });
  return [
    gauge("hashing_waiting", "Jobs that wait for a thread.", ({ waiting }) => waiting),
    gauge("hashing_running", "Jobs under way.", ({ running }) => running),
    gauge("hashing_threads", "The most that run at once.", ({ threads }) => threads),
  ];
}

function accountJobs({ mail }: AccountPorts, acts: AccountActs): Job[] {
  return [
    {
      name: "write-requested-letters",
      everySeconds: seconds(1),
      run: async (stopping) => {
        if ((await acts.writeRequestedLetters(stopping)) > 0) mail.wake();
      },
    },
    {
      name: "end-what-changed-accounts-left",
      everySeconds: seconds(30),
      run: async (stopping) => {
        await acts.endings.repeat(stopping);
      },
    },
    {
      name: "end-everybodys-sessions",
      everySeconds: seconds(5),
      run: async (stopping) => {
        while (!stopping.aborted && (await acts.endings.endEverybodys(stopping)) > 0);
      },
    },
  ];
}

function keptFormsTable({ database, clock }: Ground): ClaimedTable {
  return {
    table: "kept_forms",
    personal: ["account_sub", "expires_at"],
    impersonal: ["id_digest", "sealed"],
    export: { because: "a form, sealed, that waits for an hour at most" },
    erase: (transaction, { sub }) => new KeptFormStore(transaction).removeAll(sub),
    purge: [
      {
        as: "keptForms",
        run: () => new KeptFormStore(database.knex).purge(clock.epochSeconds()),
      },
    ],
  };
}
