import { describe, expect, it } from "@jest/globals";
import { clientCheckView, validateClients } from "../../src/clients/index.ts";
import { clientView } from "../../src/clients/client-view.ts";
import { confidential, production, secret } from "./fixtures.ts";

const [client] = validateClients("f", [confidential], production).clients ?? [];

describe("clientView", () => {
  it("shows every metadata of a client, its names filled in, and never its secret", () => {
    if (!client) throw new Error("the fixture is a valid client");
    const view = clientView(client);
    expect(view).toMatchObject({
      client_id: "of",
      source: "declared",
      token_endpoint_auth_method: "client_secret_basic",
      redirect_uris: ["https://of.example/callback"],
      require_pkce: true,
      service_name: "of",
      space_name: "of",
    });
    expect(JSON.stringify(view)).not.toContain(secret);
    expect(client.client_secret).toBe(secret);
  });
});

describe("clientCheckView", () => {
  const checked = (metadata: object) => {
    const validated = validateClients("f", [metadata], production);
    return clientCheckView("f", validated, validated.problems ?? []);
  };

  it("lists the clients of a valid file", () => {
    const view = checked(confidential);
    expect(view).toMatchObject({ file: "f", valid: true, problems: [] });
    expect(view.clients.map(({ client_id }) => client_id)).toEqual(["of"]);
  });

  it.each([
    ["client_secret_basic", "a".repeat(32) + "+/=%", ["% + / = in it"]],
    ["client_secret_basic", "a-B_9".repeat(8), []],
    ["client_secret_post", "a".repeat(32) + "+/=%", []],
  ])("warns, by %s, of a secret that must be form-encoded", (method, odd, found) => {
    const metadata = { ...confidential, token_endpoint_auth_method: method, client_secret: odd };
    const view = checked(metadata);
    expect(view.problems).toEqual([]);
    expect(view.warnings.map((warning) => warning.found)).toEqual(found);
    expect(JSON.stringify(view)).not.toContain(odd);
  });

  it("lists the problems of another", () => {
    const view = checked({ ...confidential, scope: "" });
    expect(view).toMatchObject({ valid: false, clients: [] });
    expect(view.problems.map(({ field }) => field)).toEqual(["scope"]);
  });
});
