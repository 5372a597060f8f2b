import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { problems } from "../../src/api/problems.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [sqlite] = databases;
if (!sqlite) throw new Error("SQLite is always at hand");

const guide = readFileSync("docs/api.md", "utf8");

/** The fenced examples of one language, in order. */
const examples = (language: string) =>
  [...guide.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, found]) => found === language)
    .map(([, , text = ""]) => text);

describe("docs/api.md", () => {
  let provider: TestProvider;
  let outputs: string[] = [];

  beforeAll(async () => {
    const [client = "{}"] = examples("json");
    const {
      client_id: id,
      grant_types,
      response_types,
      scope,
    } = JSON.parse(client) as {
      client_id: string;
      grant_types: string[];
      response_types: string[];
      scope: string;
    };
    const declared = { grant_types, response_types, scope, redirect_uris: [] };
    provider = await startTestProvider(sqlite, { clients: { [id]: declared } });
    await provider.addAccount("jeanne.durand@partenaire.test");
    // One shell for all of them, as somebody types them: the token of the first serves the others.
    const script = examples("sh").join("\necho '--next--'\n");
    const env = {
      PATH: process.env["PATH"],
      ISSUER: provider.issuer,
      CRM_SECRET: provider.clientSecret,
    };
    const { stdout } = await promisify(execFile)("bash", ["-e", "-o", "pipefail", "-c", script], {
      env: env,
    });
    outputs = stdout.split("--next--\n");
  });
  afterAll(async () => {
    await provider.stop();
  });

  const answer = (index: number) => JSON.parse(outputs[index] ?? "null") as unknown;

  it("gets a token, and finds an account", () => {
    expect(outputs).toHaveLength(7);
    expect(answer(1)).toMatchObject({ items: [{ email: "jeanne.durand@partenaire.test" }] });
  });

  it("opens, lists and closes accesses", () => {
    const access = { id: 1, siret: "13002526500013", name: "CFA des métiers", state: "open" };
    const opened = [access, { siret: "41816609600051", until: "2099-12-31T22:59:59Z" }];
    expect(answer(2)).toMatchObject({ opened, already_open: [] });
    expect(answer(3)).toMatchObject({ items: opened, next_cursor: null });
    expect(answer(4)).toMatchObject({ id: 1, state: "ended", close_reason: "Fin de convention" });
  });

  it("reads the establishments of a machine client", () => {
    expect(answer(6)).toEqual({ establishments: [] });
  });

  it("lists what partners ask for", () => {
    expect(answer(5)).toEqual({ items: [], next_cursor: null });
  });

  it("lists every problem with its status, and no other", () => {
    const rows = [...guide.matchAll(/^\| (\d{3}) +\| (.+?) +\|$/gm)].flatMap(
      ([, status, codes = ""]) =>
        [...codes.matchAll(/`([a-z-]+)`/g)].map(([, code]) => `${status} ${code}`),
    );
    const known = Object.entries(problems).map(([code, [status]]) => `${status} ${code}`);
    expect(rows.sort()).toEqual(known.sort());
  });

  it("gives examples that are JSON", () => {
    for (const text of examples("json")) expect(() => JSON.parse(text) as unknown).not.toThrow();
    expect(examples("json")).toHaveLength(4);
  });
});
