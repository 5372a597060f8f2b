import { describe, expect, it } from "@jest/globals";
import { documentOf, documentWith, valuesOf } from "../../src/clients/index.ts";

const document = {
  client_id: "of",
  client_name: "Portail",
  redirect_uris: ["https://of.example/a", "https://of.example/b"],
  scope: "openid email",
  first_party: false,
  default_max_age: 3600,
  response_types: [],
};

describe("the fields of a client", () => {
  it("hold its common settings, and the rest as JSON", () => {
    const values = valuesOf(document);
    expect(values).toMatchObject({
      ...{ client_name: "Portail", scope: "openid email", first_party: "false", contacts: "" },
      redirect_uris: "https://of.example/a\nhttps://of.example/b",
    });
    expect(JSON.parse(values.rest)).toEqual({ default_max_age: 3600, response_types: [] });
  });

  it.each([
    ["what is usual", document],
    ["a value that no field can hold", { ...document, client_name: 12, redirect_uris: "x" }],
    ["a line break in a text", { ...document, client_name: "a\nb" }],
    ["an unknown word of a list", { ...document, token_endpoint_auth_method: "tls_client_auth" }],
    ["an item that a line cannot hold", { ...document, redirect_uris: ["https://a/\nb", ""] }],
    ["no setting at all", { client_id: "of" }],
  ])("come back as they were: %s", (_what, written) => {
    const typed = documentOf("of", valuesOf(written));
    if (typed.problems) throw new Error(JSON.stringify(typed.problems));
    expect(JSON.parse(typed.text)).toEqual(written);
  });

  it.each([
    ["[]", "must be a JSON object"],
    ["{", "must be a JSON object"],
    ['{"client_id": "other"}', "must be a JSON object"],
    ['{"client_name": "twice"}', "must not name what has a field of its own: client_name"],
  ])("refuse the rest %s", (rest, rule) => {
    const { problems = [] } = documentOf("of", { ...valuesOf(document), rest });
    expect(problems).toMatchObject([
      { field: "rest", rule: expect.stringContaining(rule) as unknown },
    ]);
  });

  it.each([
    ["client_name", "", undefined],
    ["client_name", "12", "12"],
    [
      "redirect_uris",
      "https://a.example/ https://b.example/",
      ["https://a.example/", "https://b.example/"],
    ],
    ["redirect_uris", '["https://a.example/"]', ["https://a.example/"]],
    ["first_party", "true", true],
    ["first_party", "oui", "oui"],
    ["default_max_age", "60", 60],
    ["token_endpoint_auth_method", "none", "none"],
  ])("are set by a command: %s=%s", (name, typed, value) => {
    expect(documentWith(document, name, typed)).toEqual({ ...document, [name]: value });
  });
});
