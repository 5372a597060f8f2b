import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type SignedHead, anchorAtMigration } from "../../src/audit/index.ts";
import { createAudit } from "../../src/audit/audit.ts";
import { createChainKeys } from "../../src/audit/chain-keys.ts";
import { type AuditRow, chained, hashOf } from "../../src/audit/chain.ts";
import {
  createEncryption,
  days,
  encryptionKeyId,
  systemRandom,
} from "../../src/foundation/index.ts";
import { keptSecrets } from "../../src/secrets/index.ts";
import { type Queryable, migrate } from "../../src/storage/index.ts";
import { down } from "../../migrations/026-audit-keys.ts";
import { databases } from "../support/databases.ts";
import { type Audited, chainKeys, encryptionKeys, openAudit, signInOf } from "./audited.ts";

/** A row without a column. */
function without<Row extends object>(row: Row, column: keyof Row & string): Partial<Row> {
  return Object.fromEntries(
    Object.entries(row).filter(([name]) => name !== column),
  ) as Partial<Row>;
}

/** Who can write the database, and has no key. */
const stranger = { sign: () => "m1.AAAAAAAA.AAAA" };

describe.each(databases)("the audit, signed by keys that are not in it, on $name", (kind) => {
  let audited: Audited;
  beforeEach(async () => {
    audited = await openAudit(kind);
    await append(6);
  });
  afterEach(async () => {
    await audited.close();
  });

  const append = async (count: number) => {
    for (let each = 1; each <= count; each += 1) await audited.audit.append(signInOf(`p${each}`));
  };
  const rows = () => audited.database.knex<AuditRow>("audit_events");
  const all = () => rows().orderBy("seq");
  const setHead = ({ seq, hash }: { seq: number; hash: string }) =>
    audited.database.knex("audit_head").update({ seq, hash });
  /** Makes the chain anew from a row on, so that every hash of it is right. */
  const rewriteFrom = async (seq: number, mac: (row: AuditRow) => string | null) => {
    const found = await all();
    let previous = found.find((row) => row.seq === seq - 1) ?? { seq: 0, hash: "genesis" };
    for (const row of found.filter((each) => each.seq >= seq)) {
      const outcome = row.seq === seq ? "refused" : row.outcome;
      const anew = { ...row, outcome, previous_hash: previous.hash };
      const hash = hashOf(anew);
      await rows()
        .where({ seq: row.seq })
        .update({ outcome, previous_hash: previous.hash, hash, mac: mac(row) });
      previous = { seq: row.seq, hash };
    }
    await setHead(previous);
  };
  const cutAfter = async (seq: number) => {
    await rows().where("seq", ">", seq).delete();
    const last = (await all()).at(-1);
    if (!last) throw new Error("something is left");
    await setHead(last);
  };
  const head = async (): Promise<SignedHead> =>
    audited.audit.signedHead("https://auth.lopcommerce.test");

  it.each<[string, (row: AuditRow) => string | null, string]>([
    ["left as they were", (row) => row.mac, "altered"],
    ["taken away", () => null, "unkeyed"],
    ["of a key of the stranger's own", () => stranger.sign(), "key-unknown"],
  ])("finds a chain made anew whole, its digests %s", async (_what, mac, fault) => {
    await rewriteFrom(3, mac);
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 3, fault });
    await rewriteFrom(1, mac);
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 1, fault });
  });

  it("finds an end cut off, by a head that was kept elsewhere", async () => {
    const kept = await head();
    expect(await audited.audit.verify([kept])).toMatchObject({ intact: true });
    await append(1);
    expect(await audited.audit.verify([kept])).toMatchObject({ intact: true });
    await cutAfter(4);
    expect(await audited.audit.verify([kept])).toEqual({
      intact: false,
      seq: 5,
      fault: "truncated",
    });
  });

  it("finds an end cut off that nodes have written on from, and says so in the log at once", async () => {
    const kept = await head();
    await cutAfter(4);
    await append(3);
    expect(await audited.audit.verify()).toMatchObject({ intact: true });
    expect(await audited.audit.verify([kept])).toEqual({
      ...{ intact: false, seq: 6, fault: "head-differs" },
    });
    expect(audited.log).toEqual([
      expect.objectContaining({ known: 6, found: 4, message: expect.stringContaining("removed") }),
    ]);
  });

  it("says in the log nothing of a chain that other nodes write, too", async () => {
    const other = audited.anotherNode().audit;
    for (let each = 0; each < 3; each += 1) {
      await other.append(signInOf("there"));
      await audited.audit.append(signInOf("here"));
    }
    expect(audited.log).toEqual([]);
  });

  it("takes no head that was altered, signed by others, or is none", async () => {
    const kept = await head();
    const { audit } = audited;
    const problemOf = (text: string) => {
      const read = audit.readHeads(text);
      return read.accepted ? "accepted" : read.problems[0].reason;
    };
    expect(problemOf(JSON.stringify(kept))).toBe("accepted");
    expect(problemOf(JSON.stringify({ ...kept, seq: 4 }))).toBe("head-forged");
    const foreign = createChainKeys({ auditKeys: [], encryptionKeys: [Buffer.alloc(32, 9)] });
    expect(problemOf(JSON.stringify({ ...kept, mac: foreign.sign("x") }))).toBe("head-key-unknown");
    for (const text of ["", "null", "{}", JSON.stringify({ ...kept, form: "2" })])
      expect(problemOf(text)).toBe("head-unreadable");
  });

  it("goes on from each of the heads that were kept, not from the last alone", async () => {
    const first = await head();
    await cutAfter(4);
    await append(3);
    const second = await head();
    const linesOf = (...heads: object[]) => heads.map((each) => JSON.stringify(each)).join("\n");
    const read = audited.audit.readHeads(`${linesOf(first, second)}\n`);
    if (!read.accepted) throw new Error("two heads are read");
    expect(read.value).toEqual([first, second]);
    expect(await audited.audit.verify([second])).toMatchObject({ intact: true });
    expect(await audited.audit.verify(read.value)).toMatchObject({ fault: "head-differs" });
    expect(audited.audit.readHeads(linesOf({ ...first, seq: 1 }, second))).toMatchObject({
      problems: [{ reason: "head-forged" }],
    });
  });

  describe("when keys come to a chain that has none", () => {
    /** As builds before 0.3.0 append: the column is not there, or stays empty. */
    const appendAsBefore = async () => {
      const [last] = await all().clone().clearOrder().orderBy("seq", "desc").limit(1);
      const previous = last ?? { seq: 0, hash: "genesis" };
      const draft = await draftAsBefore();
      await rows().insert(without(chained(draft, previous, stranger), "mac"));
    };
    const draftAsBefore = async () => {
      const found = await rows().first();
      if (!found) throw new Error("the chain has events");
      return { ...found, occurred_at: audited.clock.now };
    };
    const after = () => {
      const clock = { epochSeconds: () => audited.clock.now, epochMilliseconds: () => 0 };
      const encryption = createEncryption(encryptionKeys, systemRandom);
      return anchorAtMigration({ encryption, clock });
    };
    beforeEach(async () => {
      const { knex } = audited.database;
      await down(knex);
      await knex("migrations").where({ name: "026-audit-keys.ts" }).delete();
      await appendAsBefore();
      await migrate(audited.database, after());
    });

    it("takes what was there, as it was there", async () => {
      await append(2);
      expect(await audited.audit.verify()).toMatchObject({
        ...{ intact: true, events: 9, beforeKeys: 7, ofOlderBuilds: 0 },
      });
      await rewriteFrom(3, (row) => row.mac);
      expect(await audited.audit.verify()).toEqual({ intact: false, seq: 7, fault: "altered" });
    });

    it("takes what nodes of an older build write beside, for a week", async () => {
      await append(1);
      await appendAsBefore();
      await append(1);
      await appendAsBefore();
      expect(await audited.audit.verify()).toMatchObject({
        ...{ intact: true, beforeKeys: 7, ofOlderBuilds: 2 },
      });
      audited.clock.now += days(7) + 1;
      await append(1);
      expect(await audited.audit.verify()).toMatchObject({ intact: true, ofOlderBuilds: 2 });
      // Written late, and written late with an earlier date: no node of ours does either.
      await appendAsBefore();
      expect(await audited.audit.verify()).toEqual({ intact: false, seq: 13, fault: "unkeyed" });
      audited.clock.now -= days(7) + 1;
      await cutAfter(12);
      await appendAsBefore();
      expect(await audited.audit.verify()).toEqual({ intact: false, seq: 13, fault: "unkeyed" });
    });

    it("is not blessed anew when its anchor is taken away", async () => {
      await append(1);
      await audited.database.knex("kept_secrets").where({ name: "audit-anchor" }).delete();
      expect(await audited.audit.verify()).toEqual({ intact: false, seq: 1, fault: "unkeyed" });
      await migrate(audited.database, after());
      expect(await audited.audit.verify()).toEqual({ intact: false, seq: 1, fault: "unkeyed" });
    });

    it("is accepted by who holds the keys and says so, which is an event", async () => {
      audited.clock.now += days(8);
      await append(1);
      await appendAsBefore();
      expect(await audited.audit.verify()).toMatchObject({ intact: false, fault: "unkeyed" });
      expect(await audited.audit.vouch("operator")).toMatchObject({ seq: 9 });
      expect(await audited.audit.verify()).toMatchObject({ intact: true, beforeKeys: 8 });
      const { entries } = await audited.audit.page({ name: "audit-vouched" }, { limit: 5 });
      expect(entries).toMatchObject([{ actor: "operator", details: { through: 9 } }]);
    });
  });

  describe("whose keys rotate", () => {
    const [newer] = [Buffer.alloc(32, 6)] as const;
    const withKeys = (...ring: Buffer[]) => {
      const keys = createChainKeys({ auditKeys: [], encryptionKeys: ring });
      const clock = { epochSeconds: () => audited.clock.now, epochMilliseconds: () => 0 };
      const encryption = createEncryption(ring, systemRandom);
      return createAudit({
        ...{ database: audited.database, clock, random: systemRandom, referenceKey: "key", keys },
        kept: (db: Queryable) => keptSecrets(db, { encryption, clock }),
        logger: { error: () => undefined },
      });
    };

    it("is verified by the older one while it is given, and signed anew by the newer", async () => {
      const [older = newer] = encryptionKeys;
      const rotated = withKeys(newer, older);
      await rotated.append(signInOf("after"));
      expect(await rotated.verify()).toMatchObject({ intact: true, events: 7 });
      expect(await withKeys(newer).verify()).toEqual({
        ...{ intact: false, seq: 1, fault: "key-unknown" },
      });
      expect(await rotated.signed.renew()).toEqual({ renewed: 6, unreadable: 0 });
      expect(await withKeys(newer).verify()).toMatchObject({ intact: true, events: 7 });
    });

    it("is told at once when the key of its last event is not given, and vouched for when it is lost", async () => {
      const [older = newer] = encryptionKeys;
      expect(await withKeys(newer, older).unknownHeadKey()).toBeUndefined();
      const without = withKeys(newer);
      expect(await without.unknownHeadKey()).toBe(encryptionKeyId(older));
      await without.vouch("operator");
      expect(await without.unknownHeadKey()).toBeUndefined();
      expect(await without.verify()).toMatchObject({ intact: true, events: 7, beforeKeys: 6 });
      // Vouched for is what was there, as it was there.
      await rewriteFrom(3, (row) => row.mac);
      expect(await without.verify()).toMatchObject({ intact: false });
    });

    it("signs nothing anew that is not as it was signed", async () => {
      const [older = newer] = encryptionKeys;
      await rewriteFrom(5, (row) => row.mac);
      const rotated = withKeys(newer, older);
      expect(await rotated.signed.renew()).toEqual({ renewed: 4, unreadable: 2 });
      expect(await rotated.verify()).toEqual({ intact: false, seq: 5, fault: "altered" });
    });
  });

  it("may be signed by AUDIT_KEYS, beside what ENCRYPTION_KEYS gave before", () => {
    const auditKeys = [Buffer.alloc(32, 7)];
    const both = createChainKeys({ auditKeys, encryptionKeys });
    expect(both.check("x", chainKeys.sign("x"))).toBe("right");
    expect(chainKeys.check("x", both.sign("x"))).toBe("unknown-key");
    expect(both.check("y", both.sign("x"))).toBe("wrong");
  });
});
