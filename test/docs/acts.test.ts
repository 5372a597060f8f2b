import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Act, actsOf } from "../support/acts.ts";
import { databases } from "../support/databases.ts";
import { accountOf } from "../support/passkeys.ts";
import { newPerson } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import {
  type WebhookListener,
  startListener,
  webhookSecret,
} from "../webhooks/webhook-listener.ts";

/**
 * `docs/acts.md` says what follows each act that changes somebody's rights or data. Nobody writes it: every act is carried
 * out here on a person who is signed in at a relying party, and what came of it is read from the database. `ACTS=write
 * npm test -- test/docs/acts` writes the file anew.
 */
const file = new URL("../../docs/acts.md", import.meta.url);

let provider: TestProvider;
let hooks: WebhookListener;
let listener: Server;

beforeAll(async () => {
  hooks = await startListener();
  listener = createServer((request, response) => {
    request.resume().on("end", () => response.end());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const [kind] = databases;
  if (!kind) throw new Error("no database");
  provider = await startTestProvider(kind, {
    clients: { portal: { backchannel_logout_uri: `http://127.0.0.1:${String(port)}/out` } },
    webhooks: [
      {
        url: hooks.url("all"),
        events: ["access.opened", "access.closed", "account.disabled"],
        secret: webhookSecret,
      },
    ],
    environment: { PRIVATE_HOSTS: "127.0.0.1", ORGANISATION_ADMINS: "on" },
  });
});
afterAll(async () => {
  await provider.stop();
  await hooks.close();
  await new Promise((resolve) => listener.close(resolve));
});

/** What stands in the tables that tell: each by its kind, with what makes it one of its own. */
async function told(sub: string) {
  const { knex } = provider.application.database;
  await provider.application.writeRequestedLetters();
  await provider.application.webhooks.idle();
  await provider.application.logoutNotices.idle();
  const { entries } = await provider.application.audit.page({ person: { sub } }, { limit: 100 });
  const outbox = await knex("outbox").select<{ id: string; channel: string; name: string }[]>(
    ...["id", "channel", "name"],
  );
  const of = (channel: string, what = (name: string) => name) =>
    outbox.filter((row) => row.channel === channel).map(({ id, name }) => `${what(name)}#${id}`);
  const [account] = await provider.application.accounts.findAllBySub([sub]);
  return {
    events: entries.map(({ name, seq }) => `${name}#${String(seq)}`),
    letters: of("mail"),
    webhooks: of("webhook"),
    notices: of("back-channel-logout", () => "logout"),
    credentials: account?.credentials,
  };
}

async function rowOf({ name, before, act }: Act): Promise<string> {
  const person = await newPerson(provider);
  const login = await provider.party("portal").login(person.browser);
  await person.signIn();
  await login.signedIn();
  await before?.(person);
  const first = await told(person.sub);
  const outcome = (await act(await accountOf(provider, person.sub), person)) as
    { accepted?: boolean } | undefined;
  expect([name, outcome?.accepted]).not.toEqual([name, false]);
  const after = await told(person.sub);
  const fresh = (which: "events" | "letters" | "webhooks" | "notices") => {
    const known = new Set<string>(first[which]);
    const names = after[which].filter((each) => !known.has(each)).map((each) => each.split("#")[0]);
    return [...new Set(names)].sort().join(", ") || "–";
  };
  const isVoid = first.credentials !== after.credentials ? "yes" : "–";
  const cells = [fresh("events"), fresh("letters"), fresh("webhooks"), fresh("notices"), isVoid];
  return `| ${[name, ...cells].join(" | ")} |`;
}

const head = ["act", "events", "letters", "webhooks", "notices", "voids"];

/** Rows of the table, without the spaces that line them up. */
const rowsOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => /^\| [a-z]/.test(line))
    .map((line) => line.replace(/ +\|/g, " |"));

it("what follows each act is what docs/acts.md says", async () => {
  const rows = [`| ${head.join(" | ")} |`];
  for (const act of actsOf(provider)) rows.push(await rowOf(act));
  const kept = readFileSync(file, "utf8");
  if (process.env["ACTS"] === "write") {
    const [first = "", ...others] = rows;
    const table = [first, `| ${head.map(() => "---").join(" | ")} |`, ...others].join("\n");
    writeFileSync(file, `${kept.slice(0, kept.indexOf("| act"))}${table}\n`);
  }
  expect(rowsOf(readFileSync(file, "utf8"))).toEqual(rows);
}, 120_000);
