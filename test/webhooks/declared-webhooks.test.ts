import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "../../src/operations/index.ts";
import { readDeclaredWebhooks } from "../../src/webhooks/declared-webhooks.ts";
import { webhookSignature } from "../../src/webhooks/signature.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const right = { url: "https://crm.test/hook", events: ["access.opened"], secret: "${CRM_SECRET}" };

describe("webhooks.json beside CLIENTS_FILE", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lopauth-webhooks-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const read = (document: unknown, { production = true, given = secret } = {}) => {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    writeFileSync(join(folder, "webhooks.json"), text);
    const placeholder = (name: string) => (name === "CRM_SECRET" ? given : undefined);
    return readDeclaredWebhooks({
      clientsFile: join(folder, "clients.json"),
      production,
      placeholder,
    });
  };
  const problemsOf = async (...asked: Parameters<typeof read>) => {
    const error: unknown = await read(...asked).catch((thrown: unknown) => thrown);
    if (!(error instanceof ConfigurationError)) throw new Error("it was not refused");
    return error.problems.map(({ name, found, expected }) => [
      name.replace(`${folder}/`, ""),
      found,
      expected,
    ]);
  };

  it("is optional: without the file there is none", async () => {
    const settings = { clientsFile: join(folder, "elsewhere", "clients.json"), production: true };
    expect(await readDeclaredWebhooks({ ...settings, placeholder: () => undefined })).toEqual([]);
  });

  it("gives addresses, events and keys, the secret from the environment", async () => {
    expect(await read([right])).toEqual([
      { url: right.url, events: right.events, key: Buffer.alloc(32, 7) },
    ]);
  });

  it("names every problem of every webhook at once, and never shows a secret", async () => {
    const problems = await problemsOf([
      { ...right, url: "http://crm.test/hook" },
      { ...right, url: "https://a@b/", events: ["access.open"] },
      { ...right, url: "https://c.test/", events: [] },
      { url: "https://d.test/", event: [], secret: "in-clear-and-short" },
      { ...right, url: "https://e.test/", secret: "${UNSET_SECRET}" },
      7,
    ]);
    const events = "must be one or more of access.opened, access.closed, account.disabled";
    const key = "must be whsec_ and 24 to 64 random bytes in base64 (Standard Webhooks)";
    expect(problems).toEqual([
      [
        "webhooks.json [4].secret",
        '"${UNSET_SECRET}"',
        "must be a variable that CLIENTS_FILE_VARIABLES lists and that is set: UNSET_SECRET is not; list and set it, or mend its name",
      ],
      [
        "webhooks.json [0].url",
        '"http://crm.test/hook"',
        "must be https: http is for development only",
      ],
      [
        "webhooks.json [1].url",
        '"https://[hidden]@b/"',
        "must have no user name or password: remove what precedes @",
      ],
      ["webhooks.json [1].events[0]", '"access.open"', events],
      ["webhooks.json [2].events", "an empty list", events],
      ["webhooks.json [3].events", "nothing", events],
      ["webhooks.json [3].secret", "[hidden]", key],
      [
        "webhooks.json [3].event",
        "a name that is not known",
        "must be the name of a member: did you mean events?",
      ],
      ["webhooks.json [5]", "7", "must be an object"],
    ]);
    expect(JSON.stringify(problems)).not.toContain("in-clear-and-short");
  });

  it("refuses a secret that is too short or no base64, and an address given twice", async () => {
    for (const given of ["whsec_c2hvcnQ=", "whsec_~~~~", Buffer.alloc(32).toString("base64")]) {
      const [problem] = await problemsOf([right], { given });
      expect(problem?.slice(0, 2)).toEqual([
        "webhooks.json [0].secret",
        "[hidden], from CRM_SECRET",
      ]);
    }
    expect((await problemsOf([right, right]))[0]?.[0]).toBe("webhooks.json [1].url");
  });

  it("refuses what is no JSON, or no list", async () => {
    expect((await problemsOf("["))[0]?.[2]).toBe("must be JSON (RFC 8259)");
    expect((await problemsOf({}))[0]?.[2]).toBe("must be a list, in square brackets");
  });

  it("takes plain http in development", async () => {
    const url = "http://127.0.0.1:4000/hook";
    expect(await read([{ ...right, url }], { production: false })).toHaveLength(1);
  });
});

describe("webhookSignature", () => {
  it("is that of the example of Standard Webhooks", () => {
    const key = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
    const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const message = { id, timestamp: 1_614_265_330, body: '{"test": 2432232314}' };
    expect(webhookSignature(key, message)).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });
});
