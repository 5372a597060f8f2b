import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { clientEntryView, clientProblemLine } from "../../src/clients/index.ts";
import { databases } from "../support/databases.ts";
import {
  type ClientNode,
  type ClientRegister,
  clientText,
  createClientRegister,
  noon,
} from "./client-register.ts";
import { confidential, publicKey } from "./fixtures.ts";

const day = 86_400;

describe.each(databases)("the client registry, on $name", ({ create }) => {
  let register: ClientRegister;
  let node: ClientNode;

  beforeAll(async () => {
    register = await createClientRegister(create);
    node = await register.node([confidential]);
  });
  beforeEach(() => {
    register.clock.now = noon;
    register.events.length = 0;
  });
  afterAll(async () => {
    await register.drop();
  });

  const add = async (clientId: string, metadata?: object, by = node) => {
    const made = await by.registry.register("new.json", clientText(clientId, metadata), "operator");
    return made.registered?.[0]?.secret ?? "";
  };
  const problemsOf = async (text: string) => {
    const { problems = [] } = await node.registry.register("new.json", text, "operator");
    return problems.map(clientProblemLine);
  };
  const knows = (clientId: string, secret: string) =>
    node.directory.secretMatches(clientId, secret);

  describe("who may no more", () => {
    it("changes nothing, though it was their turn when they asked", async () => {
      const by = "former";
      await add("theirs");
      register.events.length = 0;
      const before = node.directory.entry("theirs");
      register.barred.add(by);
      const { registry, registration } = node;
      const acts: readonly (() => Promise<unknown>)[] = [
        () => registry.register("new.json", clientText("another"), by),
        () => registry.rotateSecret("theirs", by),
        () => registry.disable("theirs", by),
        () => registry.remove("theirs", by),
        () => registration.invite(by, noon + day, 1),
      ];
      for (const act of acts) await expect(act()).rejects.toThrow("may not");
      await node.directory.reload();
      expect(node.directory.entry("theirs")).toEqual(before);
      expect(node.directory.find("another")).toBeUndefined();
      expect(await registration.invitations()).toEqual([]);
      expect(register.events).toEqual([]);
    });
  });

  describe("registering", () => {
    it("makes a secret of 256 bits, keeps its digest alone, and records the act", async () => {
      const made = await add("fresh");
      expect(Buffer.from(made, "base64url")).toHaveLength(32);
      expect(knows("fresh", made)).toBe(true);
      const rows: unknown = await node.database.knex("client_secrets");
      expect(JSON.stringify(rows)).not.toContain(made);
      expect(register.events).toEqual([
        { name: "client-registered", outcome: "accepted", clientId: "fresh", actor: "operator" },
      ]);
    });

    it("takes ${NAME} for plain text: who registers a client reads none of our settings", async () => {
      const name = "${ENCRYPTION_KEYS} ${PORTAL_URL}";
      await add("plain", { client_name: name });
      expect(node.directory.find("plain")?.client_name).toBe(name);
      const rows: unknown = await node.database.knex("clients").where({ client_id: "plain" });
      expect(JSON.stringify(rows)).toContain(name);
      const host = { redirect_uris: ["https://${PORTAL_URL}/callback"] };
      expect(await problemsOf(clientText("host", host))).toHaveLength(1);
    });

    it.each([
      ["none", { token_endpoint_auth_method: "none" }],
      [
        "private_key_jwt",
        { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicKey] } },
      ],
    ])("makes no secret for a client of method %s", async (method, metadata) => {
      const clientId = `without-${method}`;
      expect(await add(clientId, metadata)).toBe("");
      expect(node.directory.find(clientId)).toBeDefined();
      expect(knows(clientId, "")).toBe(false);
    });

    it("takes a list as well, all or none", async () => {
      const both = await node.registry.register(
        "new.json",
        `[${clientText("one-of-two")}, ${clientText("two-of-two")}]`,
        "operator",
      );
      expect(both.registered?.map(({ entry }) => entry.clientId)).toEqual([
        "one-of-two",
        "two-of-two",
      ]);
      expect(
        await problemsOf(`[${clientText("three")}, ${clientText("one-of-two")}]`),
      ).toHaveLength(1);
      expect(node.directory.entry("three")).toBeUndefined();
    });

    it("judges by the one validation: path, value, rule, correction", async () => {
      expect(
        await problemsOf(clientText("bad", { redirect_uris: ["http://bad.example/"] })),
      ).toEqual([
        'new.json: client bad: redirect_uris[0] must be https: plain http is for loopback addresses and for development (found "http://bad.example/")',
      ]);
      expect(await problemsOf("{")).toEqual([
        "new.json: must be JSON (RFC 8259) (found its end at line 1, column 2)",
      ]);
      expect(await problemsOf(clientText("own-secret", { client_secret: "x".repeat(43) }))).toEqual(
        [
          "new.json: client own-secret: client_secret must be absent: this provider makes the secret, and shows it once; remove it (found [hidden])",
        ],
      );
    });

    it("takes no empty list for a registration", async () => {
      expect(await problemsOf("[]")).toEqual([
        "new.json: must hold a client, or a list of them (found an empty list)",
      ]);
    });

    it("refuses a client_id that is declared, or registered", async () => {
      expect(await problemsOf(clientText("of"))).toEqual([
        'new.json: client of: client_id must be unique: CLIENTS_FILE declares it already; change it there, or choose another (found "of")',
      ]);
      await add("taken");
      expect(await problemsOf(clientText("taken"))).toEqual([
        'new.json: client taken: client_id must be unique: it is registered already; choose another, or remove that one first (found "taken")',
      ]);
    });

    it("registers once, however many nodes ask at the same time", async () => {
      const nodes = [node, await register.node(), await register.node()];
      const all = await Promise.all(
        nodes.flatMap(({ registry }) =>
          [1, 2].map(() => registry.register("f", clientText("race"), "operator")),
        ),
      );
      const made = all.flatMap(({ registered }) => registered ?? []);
      expect(made).toHaveLength(1);
      const refused = all.flatMap(({ problems }) => problems ?? []);
      expect(refused.map(({ field }) => field)).toEqual(Array(5).fill("client_id"));
      await node.directory.refresh();
      expect(knows("race", made[0]?.secret ?? "")).toBe(true);
    });
  });

  describe("rotating a secret", () => {
    it("keeps the older valid beside the new for a day, to the second", async () => {
      const older = await add("rotated");
      const outcome = await node.registry.rotateSecret("rotated", "operator");
      if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
      const { secret, olderEndsAt } = outcome.value;
      expect(olderEndsAt).toBe(noon + day);
      register.clock.now = noon + day - 1;
      expect([knows("rotated", older), knows("rotated", secret)]).toEqual([true, true]);
      register.clock.now = noon + day;
      expect([knows("rotated", older), knows("rotated", secret)]).toEqual([false, true]);
      expect(register.events.at(-1)).toMatchObject({ name: "client-secret-rotated" });
    });

    it("ends the older at the date that is asked, or at once", async () => {
      const older = await add("dated");
      await node.registry.rotateSecret("dated", "operator", noon + 60);
      register.clock.now = noon + 59;
      expect(knows("dated", older)).toBe(true);
      register.clock.now = noon + 60;
      expect(knows("dated", older)).toBe(false);
      const leaked = await add("leaked");
      await node.registry.rotateSecret("leaked", "operator", register.clock.now);
      expect(knows("leaked", leaked)).toBe(false);
    });

    it("has no more than two valid at a time: a second rotation ends the first", async () => {
      const first = await add("hurried");
      const second = await node.registry.rotateSecret("hurried", "operator");
      const third = await node.registry.rotateSecret("hurried", "operator");
      if (!second.accepted || !third.accepted) throw new Error("both rotations are possible");
      const [b, c] = [second.value.secret, third.value.secret];
      expect([first, b, c].map((each) => knows("hurried", each))).toEqual([false, true, true]);
      const entry = node.directory.entry("hurried");
      expect(entry && clientEntryView(entry, noon).secrets).toEqual([
        { created_at: "2027-01-15T08:00:00.000Z", ends_at: "2027-01-16T08:00:00.000Z" },
        { created_at: "2027-01-15T08:00:00.000Z", ends_at: null },
      ]);
    });

    it("leaves one current secret when nodes rotate at the same time", async () => {
      await add("crowded");
      const other = await register.node();
      const outcomes = await Promise.all(
        [node, other, node, other].map(({ registry }) =>
          registry.rotateSecret("crowded", "operator"),
        ),
      );
      await node.directory.refresh();
      const secrets = outcomes.map((each) => (each.accepted ? each.value.secret : ""));
      expect(secrets.filter((each) => knows("crowded", each))).toHaveLength(2);
    });

    it.each([
      ["of", "client-declared"],
      ["nobody", "client-unknown"],
      ["without-none", "client-without-secret"],
    ])("is refused for %s: %s", async (clientId, reason) => {
      const outcome = await node.registry.rotateSecret(clientId, "operator");
      expect(outcome).toEqual({ accepted: false, problems: [{ reason }] });
    });

    it("is refused with an end in the past", async () => {
      const outcome = await node.registry.rotateSecret("fresh", "operator", noon - 1);
      expect(outcome).toMatchObject({ problems: [{ reason: "end-in-the-past" }] });
    });
  });

  describe("disabling and enabling", () => {
    it.each(["of", "fresh"])("stops and starts a client of either kind: %s", async (clientId) => {
      expect(await node.registry.disable(clientId, "operator")).toMatchObject({ accepted: true });
      expect(node.directory.find(clientId)).toBeUndefined();
      expect(node.directory.servedSince(clientId)).toBeUndefined();
      expect(node.directory.entry(clientId)?.disabledAt).toBe(noon);
      const again = await node.registry.disable(clientId, "operator");
      expect(again).toMatchObject({ problems: [{ reason: "client-unchanged" }] });
      register.clock.now = noon + 10;
      expect(await node.registry.enable(clientId, "operator")).toMatchObject({ accepted: true });
      expect(node.directory.find(clientId)).toBeDefined();
      expect(node.directory.servedSince(clientId)).toBe(noon + 10);
      const twice = await node.registry.enable(clientId, "operator");
      expect(twice).toMatchObject({ problems: [{ reason: "client-unchanged" }] });
      expect(register.events.map(({ name }) => name)).toEqual([
        "client-disabled",
        "client-enabled",
      ]);
    });

    it("can be done again after that", async () => {
      await node.registry.disable("fresh", "operator");
      expect(node.directory.find("fresh")).toBeUndefined();
      await node.registry.enable("fresh", "operator");
    });

    it("keeps what was issued before void, also within one second or with a clock that is put back", async () => {
      await add("brief");
      await node.registry.disable("brief", "operator");
      await node.registry.enable("brief", "operator");
      expect(node.directory.servedSince("brief")).toBe(noon + 1);
      register.clock.now = noon + 60;
      await node.registry.disable("brief", "operator");
      register.clock.now = noon + 30;
      await node.registry.enable("brief", "operator");
      expect(node.directory.servedSince("brief")).toBe(noon + 61);
      register.clock.now = noon + 90;
      await node.registry.disable("brief", "operator");
      register.clock.now = noon + 95;
      await node.registry.enable("brief", "operator");
      expect(node.directory.servedSince("brief")).toBe(noon + 95);
    });

    it("is done once, however many ask at the same time", async () => {
      const other = await register.node([confidential]);
      const outcomes = await Promise.all(
        [node, other, node, other].map(({ registry }) => registry.disable("plain", "operator")),
      );
      expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
    });

    it("knows no client that is neither declared nor registered", async () => {
      expect(await node.registry.disable("nobody", "operator")).toMatchObject({
        problems: [{ reason: "client-unknown" }],
      });
    });
  });

  describe("removing", () => {
    it("takes a registered client away with its secrets, and its client_id may be taken anew", async () => {
      const first = await add("gone");
      expect(await node.registry.remove("gone", "operator")).toMatchObject({ accepted: true });
      expect(node.directory.entry("gone")).toBeUndefined();
      expect(knows("gone", first)).toBe(false);
      register.clock.now = noon + 5;
      const second = await add("gone");
      expect([knows("gone", first), knows("gone", second)]).toEqual([false, true]);
      expect(node.directory.servedSince("gone")).toBe(noon + 5);
    });

    it.each([
      ["of", "client-declared"],
      ["nobody", "client-unknown"],
    ])("is refused for %s: %s", async (clientId, reason) => {
      const outcome = await node.registry.remove(clientId, "operator");
      expect(outcome).toEqual({ accepted: false, problems: [{ reason }] });
    });
  });

  describe("a change behind which the clients cannot be read again", () => {
    it("is told as written, its secret with it, and is followed later", async () => {
      const lame = await register.node();
      const { directory, registry } = lame;
      const blindly = async <Result>(act: () => Promise<Result>) => {
        directory.reload = () => Promise.reject(new Error("the database is away"));
        const result = await act();
        Reflect.deleteProperty(directory, "reload");
        await Promise.all([directory.refresh(), node.directory.refresh()]);
        return result;
      };
      const text = clientText("half", { client_name: "À moitié" });
      const made = await blindly(() => registry.register("f", text, "operator"));
      const [client] = made.registered ?? [];
      expect(client?.entry).toEqual(directory.entry("half"));
      expect(knows("half", client?.secret ?? "")).toBe(true);
      const rotated = await blindly(() => registry.rotateSecret("half", "operator"));
      if (!rotated.accepted) throw new Error("it was written");
      expect(knows("half", rotated.value.secret)).toBe(true);
      const disabled = await blindly(() => registry.disable("half", "operator"));
      expect([disabled.accepted, directory.find("half")]).toEqual([true, undefined]);
      expect(register.log.join("")).toContain("is written, and is not read again yet");
      expect(register.log.join("")).not.toContain(rotated.value.secret);
    });
  });
});
