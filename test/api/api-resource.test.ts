import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { apiResource } from "../../src/api/index.ts";
import { readDeclarations } from "../../src/clients/declarations.ts";
import { ownClient } from "../../src/provider/index.ts";

const issuer = "https://auth.lopcommerce.test";
const ours = { own: [ownClient(issuer, true)] as const, resources: [apiResource(issuer)] };

describe("the API as a resource server of our own", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lopauth-resources-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const read = (scope: string, resources: readonly object[], clientId = "crm") => {
    const clientsFile = join(folder, "clients.json");
    const client = {
      client_id: clientId,
      client_secret: "a".repeat(40),
      client_name: "CRM",
      grant_types: ["client_credentials"],
      response_types: [],
      scope,
    };
    writeFileSync(clientsFile, JSON.stringify([client]));
    writeFileSync(join(folder, "resources.json"), JSON.stringify(resources));
    const placeholder = (name: string) =>
      name === "FORMATIONS" ? "https://api.test/f" : undefined;
    return readDeclarations({ clientsFile, production: true, placeholder }, ours);
  };
  const formations = { resource: "https://api.test/f", name: "F", scope: "formations:read" };

  it("stands beside the declared ones, so that clients may name its scopes", async () => {
    const { resources } = await read("access:read formations:read", [formations]);
    expect(resources.map(({ resource }) => resource)).toEqual([
      `${issuer}/api/v1`,
      "https://api.test/f",
    ]);
  });

  it("fills the variables that are listed, and starts with no other", async () => {
    const asked = "access:read formations:read";
    const { resources } = await read(asked, [{ ...formations, resource: "${FORMATIONS}" }]);
    expect(resources.at(-1)?.resource).toBe("https://api.test/f");
    await expect(read(asked, [{ ...formations, name: "${ENCRYPTION_KEYS}" }])).rejects.toThrow(
      /\[0\]\.name: found "\$\{ENCRYPTION_KEYS\}"; must hold no secret/,
    );
    await expect(read(asked, [{ ...formations, name: "${PORT}" }])).rejects.toThrow(
      /must be a variable that CLIENTS_FILE_VARIABLES lists .*PORT is not/,
    );
  });

  it("refuses a declared resource server of the same name, and a scope that nobody serves", async () => {
    const taken = { ...formations, resource: `${issuer}/api/v1` };
    await expect(read("access:read", [taken])).rejects.toThrow(
      /resources\.json resource: found "https:\/\/auth\.lopcommerce\.test\/api\/v1"; must be another/,
    );
    await expect(read("access:delete", [])).rejects.toThrow(/scope: found "access:delete"/);
    await expect(read("access:read", [{ ...formations, name: 1 }])).rejects.toThrow(
      /resources\.json \[0\]\.name: found 1; must be a text of 1 to 200 characters$/,
    );
  });

  it("refuses a member that nobody reads, by its name", async () => {
    const mistyped = {
      resource: formations.resource,
      nam: "F",
      scope: formations.scope,
      remark: "",
    };
    const refused = read("access:read", [mistyped]);
    await expect(refused).rejects.toThrow(/\[0\]\.nam: .*; must be .*: did you mean name\?/);
    await expect(refused).rejects.toThrow(
      /\[0\]\.remark: .*; must be one of resource, .*: remove it/,
    );
  });

  it("stands beside our own pages, whose client_id no declared client has", async () => {
    const [{ client_id: taken }] = ours.own;
    await expect(read("access:read", [], taken)).rejects.toThrow(
      /client_id: found "[^"]+"; must be another: it is that of the provider's own pages/,
    );
  });
});
