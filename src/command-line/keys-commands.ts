import type { Command } from "commander";
import type { Application } from "../application.ts";
import { isoInstant } from "../foundation/index.ts";
import { renewAll } from "../secrets/index.ts";
import { type Answer, counted, failed, listed, quoted, shown } from "./answer.ts";
import { columns } from "./columns.ts";
import type { CommandRun } from "./command-run.ts";
import { instantText } from "./instants.ts";

/** `lopauth keys …`: the signing keys, never their private parts. */
export function addKeyCommands(keys: Command, run: CommandRun): void {
  keys
    .command("list")
    .description("every signing key: the next ones are published, the previous ones still verify")
    .action(() => run.withApplication(listKeys));
  keys
    .command("rotate")
    .description("let the next keys sign from now on (the server does so by itself every 90 days)")
    .action(() => run.withApplication(rotateNow));
  keys
    .command("reencrypt")
    .description(
      "encrypt anew, by the first of ENCRYPTION_KEYS, what others hold (the server does so by itself every hour)",
    )
    .action(() => run.withApplication(reencryptNow));
  keys
    .command("revoke")
    .description(
      "take a key that a stranger may hold out of use, and out of the published keys, at once",
    )
    .argument("<kid>", "its name, as the list says it")
    .action((kid: string) => run.withApplication((application) => revoke(application, kid)));
}

async function reencryptNow(application: Application): Promise<Answer> {
  const tables = await renewAll(application.sealed());
  const document = Object.fromEntries(
    tables.map(({ table, renewed: count, unreadable }) => [
      table,
      { reencrypted: count, unreadable },
    ]),
  );
  const lines = tables.map(({ table, renewed: count, unreadable }) => [
    table,
    `${count} encrypted anew`,
    unreadable === 0 ? "" : `${unreadable} that no given key opens`,
  ]);
  const answer = shown({ tables: document }, columns()(lines));
  const unreadable = tables.reduce((sum, each) => sum + each.unreadable, 0);
  if (unreadable === 0) return answer;
  const left = counted(unreadable, "value is left as it is", "values are left as they are");
  const error = `${left}: add the key that holds ${unreadable === 1 ? "it" : "them"} at the end of ENCRYPTION_KEYS ("lopauth doctor" names it)`;
  return { ...answer, failure: { error, problems: [], lines: [] } };
}

async function listKeys({ keyStore }: Application): Promise<Answer> {
  const instant = (at: number | undefined) => (at === undefined ? "" : instantText(at));
  const instantOrNull = (at: number | undefined) => (at === undefined ? null : isoInstant(at));
  return listed({
    pages: [await keyStore.list()],
    header: ["KID", "ALG", "STATE", "CREATED", "SIGNS SINCE", "RETIRED"],
    cells: ({ kid, alg, state, createdAt, currentSince, retiredAt }) => [
      kid,
      alg,
      state,
      instantText(createdAt),
      instant(currentSince),
      instant(retiredAt),
    ],
    view: ({ kid, alg, state, createdAt, currentSince, retiredAt }) => ({
      kid,
      alg,
      state,
      created_at: isoInstant(createdAt),
      current_since: instantOrNull(currentSince),
      retired_at: instantOrNull(retiredAt),
    }),
    none: "There is no key yet: the provider makes them at its first start.",
  });
}

async function revoke(application: Application, kid: string): Promise<Answer> {
  const { publishedForSeconds, revokeKey } = await import("../provider/index.ts");
  const outcome = await revokeKey(application, kid, "operator");
  if (!outcome.accepted) {
    const rule = 'must be the kid of a key of "lopauth keys list"';
    return failed("nothing was revoked", [{ argument: "KID", found: quoted(kid), rule }]);
  }
  const { key, promoted } = outcome.value;
  const { alg, state } = key;
  const details = { kid, alg, state };
  const age = application.clock.epochSeconds() - (promoted?.createdAt ?? 0);
  const isNew = promoted !== undefined && age < publishedForSeconds;
  const lines = [
    `${alg}: ${kid} (${state}) is gone. Every node follows within two seconds.`,
    ...(promoted ? [`${alg}: ${promoted.kid} signs from now on.`] : []),
    ...(state === "next" ? [] : broken),
    ...(isNew ? [`It is published for ${String(age)} s only: ${cached}`] : []),
  ];
  const signsNow = promoted ? { kid: promoted.kid, alg } : null;
  return shown(
    { revoked: details, signs_now: signsNow, breaks: lines.slice(promoted ? 2 : 1) },
    lines.join("\n"),
  );
}

/** What was signed by a key that signs, or has signed. */
const broken = [
  "What it signed verifies no more: JWT access tokens at our own API at once, ID tokens as hints of a sign-out; anywhere else as soon as our published keys are read again.",
  "Relying parties keep our published keys for up to five minutes: until then they may still take what a stranger signs. End what was obtained by it: lopauth sessions end --all.",
];

const cached =
  "relying parties that keep our keys and do not look again for a new one refuse sign-ins for up to five minutes.";

async function rotateNow(application: Application): Promise<Answer> {
  const { rotateKeys } = await import("../provider/index.ts");
  if ((await application.keyStore.list()).length === 0) {
    return failed(
      "nothing was rotated: there is no key yet; the provider makes them at its first start",
    );
  }
  const outcome = await rotateKeys(application);
  if (!outcome.accepted) {
    const [{ reason, details }] = outcome.problems;
    return failed(
      reason === "already-rotated"
        ? "nothing was rotated: another node has just done it"
        : `nothing was rotated: the next keys are published for too short a time, relying parties may not know them; try again in ${details?.["seconds"] ?? 0} s`,
    );
  }
  const { promoted, retired } = outcome.value;
  const lines = promoted.map(({ kid, alg }) => `${alg}: ${kid} signs from now on`);
  const document = {
    promoted: promoted.map(({ kid, alg }) => ({ kid, alg })),
    retired: retired.map(({ kid, alg }) => ({ kid, alg })),
  };
  return shown(
    document,
    `${lines.join("\n")}\nEvery node follows within seconds; the former keys go on verifying.`,
  );
}
