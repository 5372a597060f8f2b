import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { clientProblemLine, validateClients } from "../../src/clients/index.ts";
import { validateClient } from "../../src/clients/client-metadata.ts";
import {
  confidential,
  development,
  linesOf,
  open,
  production,
  publicKey,
  secret,
} from "./fixtures.ts";
import { growsNoFaster, growthByEight } from "../support/growth.ts";

describe("the metadata of a client", () => {
  it("get the defaults of the standard and of contract §5", () => {
    expect(validateClients("f", [confidential], production).clients).toEqual([
      {
        ...confidential,
        application_type: "web",
        grant_types: ["authorization_code"],
        response_types: ["code"],
        token_endpoint_auth_method: "client_secret_basic",
        id_token_signed_response_alg: "RS256",
        post_logout_redirect_uris: [],
        establishment_required: false,
        first_party: true,
        id_token_claims: false,
        require_pkce: true,
      },
    ]);
  });

  it("are not first-party by default where the rules say so", () => {
    const { client } = validateClient(confidential, { production: true, firstParty: false });
    expect(client?.first_party).toBe(false);
  });

  it("bind a machine to an establishment once, however often it is written", () => {
    const machine = { client_id: "m", client_secret: secret, grant_types: ["client_credentials"] };
    const sirets = ["41816609600051", "13002526500013", "41816609600051"];
    const { client } = validateClient({ ...machine, response_types: [], sirets }, production);
    expect(client?.sirets).toEqual(["41816609600051", "13002526500013"]);
  });

  it.each([
    ["a public client", open],
    ["a confidential client that waives PKCE", { ...confidential, require_pkce: false }],
    ["a consent page", { ...confidential, first_party: false, client_name: "Portail OF" }],
    ["refresh tokens", { ...confidential, grant_types: ["authorization_code", "refresh_token"] }],
    [
      "a resource server that signs nobody in",
      { client_id: "rs", client_secret: secret, grant_types: [], response_types: [] },
    ],
    [
      "keys in the place of a secret",
      { ...open, token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicKey] } },
    ],
    ["a sector's own subjects", { ...confidential, subject_type: "pairwise" }],
    ["a list of scopes", { ...confidential, scope: "openid siret offline_access" }],
    ["people to write to", { ...confidential, contacts: ["Equipe.OF@example.org"] }],
  ])("may describe %s", (_what, metadata) => {
    expect(linesOf(metadata)).toEqual([]);
  });
});

describe("a client_id", () => {
  it.each([
    [undefined, "must be given (found nothing)"],
    ["", 'must not be empty (found "")'],
    [7, "must be a text in quotes; remove it to leave it out (found 7)"],
    [
      "portail é",
      'must be made of printable ASCII characters only (RFC 6749 appendix A) (found "portail é")',
    ],
    [
      "a\nb",
      String.raw`must be made of printable ASCII characters only (RFC 6749 appendix A) (found "a\u{a}b")`,
    ],
    ["a".repeat(101), `must be no longer than 100 characters (found "${"a".repeat(100)}…")`],
  ])("may not be %j", (client_id, rest) => {
    expect(linesOf({ ...confidential, client_id })).toEqual([`client_id ${rest}`]);
  });

  it("may have 100 characters", () => {
    expect(linesOf({ ...confidential, client_id: "a".repeat(100) })).toEqual([]);
  });

  it("is unique", () => {
    const { problems } = validateClients("f", [confidential, open, confidential], production);
    expect(problems?.map(clientProblemLine)).toEqual([
      'f: client of: client_id must be unique: client [0] has it already (found "of")',
    ]);
  });
});

describe("a field of a client", () => {
  it.each([
    [
      { redirect_uris: "https://of.example/" },
      'redirect_uris must be a list in square brackets (found "https://of.example/")',
    ],
    [
      { redirect_uris: [null] },
      "redirect_uris[0] must be a text in quotes; remove it to leave it out (found null)",
    ],
    [
      { redirect_uris: [] },
      "redirect_uris must name where people come back after signing in (found an empty list)",
    ],
    [
      { redirect_uris: Array.from({ length: 101 }, (_, index) => `https://of.example/${index}`) },
      "redirect_uris must hold no more than 100 (found a list)",
    ],
    [
      { post_logout_redirect_uris: ["https://of.example/", "https://*.of.example/"] },
      'post_logout_redirect_uris[1] must have no wildcard: list every address in full (found "https://*.of.example/")',
    ],
    [{ first_party: "true" }, 'first_party must be true or false, without quotes (found "true")'],
    [
      { establishment_required: 1 },
      "establishment_required must be true or false, without quotes (found 1)",
    ],
    [
      { grant_types: ["implicit"] },
      'grant_types[0] must be one of authorization_code, refresh_token, client_credentials (found "implicit")',
    ],
    [{ response_types: ["id_token"] }, 'response_types[0] must be code (found "id_token")'],
    [
      { response_modes: [] },
      "response_modes must hold one word or more; remove it to allow all (found an empty list)",
    ],
    [
      { application_type: "mobile" },
      'application_type must be one of web, native (found "mobile")',
    ],
    [
      { token_endpoint_auth_method: "client_secret_jwt" },
      'token_endpoint_auth_method must be one of client_secret_basic, client_secret_post, private_key_jwt, none; client_secret_jwt would need the secret in clear, and only its digest is kept (found "client_secret_jwt")',
    ],
    [
      { id_token_signed_response_alg: "HS256" },
      'id_token_signed_response_alg must be one of RS256, PS256, ES256, EdDSA, Ed25519; HS256 would need the secret in clear, and only its digest is kept (found "HS256")',
    ],
    [
      { scope: "openid siren" },
      'scope must be names among openid, profile, email, siret, establishment, establishments, offline_access, or scopes of a resource server (access:read), with one space between them (found "openid siren")',
    ],
    [{ contacts: ["someone"] }, 'contacts[0] must be an e-mail address (found "someone")'],
    [
      { default_max_age: -1 },
      "default_max_age must be a whole number of seconds, 0 or more, without quotes (found -1)",
    ],
    [
      { default_max_age: 1.5 },
      "default_max_age must be a whole number of seconds, 0 or more, without quotes (found 1.5)",
    ],
    [{ service_name: " OF" }, 'service_name must not begin or end with a space (found " OF")'],
    [
      { client_name: "OF\u202e" },
      String.raw`client_name must hold no control or invisible character: pages and mails show it (found "OF\u{202e}")`,
    ],
    [
      { client_uri: "of.example" },
      'client_uri must be an absolute address, such as https://example.org/callback (found "of.example")',
    ],
    [
      { jwks_uri: "http://of.example/" },
      'jwks_uri must be https: http is for development only (found "http://of.example/")',
    ],
    [
      { backchannel_logout_uri: "http://of.example/" },
      'backchannel_logout_uri must be https: http is for development only (found "http://of.example/")',
    ],
  ])("is refused: %j", (metadata, line) => {
    expect(linesOf({ ...confidential, ...metadata })).toEqual([line]);
  });

  it("may be plain http in development", () => {
    const metadata = { ...confidential, redirect_uris: ["http://of.test/callback"] };
    expect(linesOf(metadata, development)).toEqual([]);
    expect(linesOf(metadata, production)).toEqual([
      'redirect_uris[0] must be https: plain http is for loopback addresses and for development (found "http://of.test/callback")',
    ]);
  });

  it("may be a scheme of its own in a native application", () => {
    const redirect_uris = ["fr.example.app:/callback"];
    expect(linesOf({ ...open, redirect_uris, application_type: "native" })).toEqual([]);
  });
});

describe("a secret of a client", () => {
  it("has 32 characters, and not one less, in production", () => {
    expect(linesOf({ ...confidential, client_secret: "s".repeat(32) })).toEqual([]);
    expect(linesOf({ ...confidential, client_secret: "s".repeat(31) })).toEqual([
      "client_secret must have 32 characters or more, at random (openssl rand -base64 32) (found [hidden])",
    ]);
    expect(linesOf({ ...confidential, client_secret: "s" }, development)).toEqual([]);
  });

  it.each(["client_secret_basic", "client_secret_post"])("is required by %s", (method) => {
    const metadata = { ...open, token_endpoint_auth_method: method };
    expect(linesOf(metadata)).toEqual([
      `client_secret must be given for token_endpoint_auth_method ${method}, from the environment: "\${NAME}"; a public client writes "token_endpoint_auth_method": "none" (found nothing)`,
    ]);
  });

  it("is forbidden for none", () => {
    expect(linesOf({ ...open, client_secret: secret })).toEqual([
      "client_secret must be absent, as token_endpoint_auth_method is none: remove one of the two (found [hidden])",
    ]);
  });

  it("is never shown, not even under a mistyped name", () => {
    expect(linesOf({ ...confidential, client_secrett: secret })).toEqual([
      "client_secrett must be the name of known metadata: did you mean client_secret? (found [hidden])",
    ]);
  });
});

describe("fields that contradict each other", () => {
  it.each([
    [
      { grant_types: ["refresh_token"] },
      'grant_types must hold "authorization_code", as response_types holds "code" (a client that signs nobody in writes "response_types": []) (found a list)',
    ],
    [
      { response_types: [] },
      'response_types must hold "code", as grant_types holds "authorization_code" (found an empty list)',
    ],
    [
      { response_types: [], grant_types: ["refresh_token"] },
      'grant_types must hold "authorization_code" beside "refresh_token" (found a list)',
    ],
    [
      { token_endpoint_auth_signing_alg: "ES256" },
      'token_endpoint_auth_signing_alg must be absent: it is for token_endpoint_auth_method private_key_jwt only (found "ES256")',
    ],
    [
      { jwks: { keys: [publicKey] }, jwks_uri: "https://of.example/jwks" },
      'jwks_uri must be absent, as jwks is given: remove one of the two (found "https://of.example/jwks")',
    ],
    [
      {
        subject_type: "pairwise",
        redirect_uris: ["https://a.example/cb", "https://b.example/cb"],
      },
      'subject_type must be public, unless every redirect_uris has one and the same host, or sector_identifier_uri names them: a pairwise subject is made from it (found "pairwise")',
    ],
  ])("are refused: %j", (metadata, line) => {
    expect(linesOf({ ...confidential, ...metadata })).toEqual([line]);
  });

  it.each([
    [
      { require_pkce: false },
      "require_pkce must be true: a client without a secret has no other protection of its codes (RFC 9700 §2.1.1) (found false)",
    ],
    [
      { token_endpoint_auth_method: "private_key_jwt" },
      "jwks must be given for token_endpoint_auth_method private_key_jwt: the client's public keys, or their address as jwks_uri (found nothing)",
    ],
  ])("of a client without a secret are refused: %j", (metadata, line) => {
    expect(linesOf({ ...open, ...metadata })).toEqual([line]);
  });

  it("are not judged by a field that is wrong on its own", () => {
    expect(linesOf({ ...confidential, token_endpoint_auth_method: "nonne" })).toHaveLength(1);
  });
});

describe("a name that is no known metadata", () => {
  it.each([
    ["redirect_uri", "must be the name of known metadata: did you mean redirect_uris?"],
    ["clientName", "must be the name of known metadata: did you mean client_name?"],
    ["require-pkce", "must be the name of known metadata: did you mean require_pkce?"],
    [
      "establishement_required",
      "must be the name of known metadata: did you mean establishment_required?",
    ],
    [
      "colour",
      "must be the name of known metadata (OpenID Connect Dynamic Registration 1.0 §2): remove it",
    ],
    ["client_name#fr", "must be given once, without a language: write it as client_name"],
    ["request_uris", "must be absent: this provider does not serve it; remove it"],
    ["client_secret_expires_at", "must be absent: this provider does not serve it; remove it"],
  ])("is refused: %s", (name, rule) => {
    const { problems } = validateClients("f", [{ ...confidential, [name]: true }], production);
    expect(problems?.map(({ field, rule: found }) => [field, found])).toEqual([[name, rule]]);
  });

  it("is refused even when every object has it", () => {
    const metadata = JSON.parse(
      JSON.stringify(confidential).replace("{", '{"__proto__":{"first_party":false},"toString":1,'),
    ) as unknown;
    const { problems } = validateClients("f", [metadata], production);
    expect(problems?.map(({ field }) => field)).toEqual(["__proto__", "toString"]);
  });
});

describe("the problems of all clients", () => {
  it("are listed at once, each with file, client, field, value and rule", () => {
    const { problems } = validateClients(
      "config/clients.json",
      [
        { ...confidential, redirect_uris: ["https://of.example/*", "/cb"], first_party: 1 },
        7,
        { ...open, client_id: "", contact: ["a@example.org"] },
      ],
      production,
    );
    expect(problems?.map(clientProblemLine)).toEqual([
      'config/clients.json: client of: redirect_uris[0] must have no wildcard: list every address in full (found "https://of.example/*")',
      'config/clients.json: client of: redirect_uris[1] must be an absolute address, such as https://example.org/callback (found "/cb")',
      "config/clients.json: client of: first_party must be true or false, without quotes (found 1)",
      "config/clients.json: client [1]: must be an object, in curly brackets (found 7)",
      'config/clients.json: client [2]: client_id must not be empty (found "")',
      "config/clients.json: client [2]: contact must be the name of known metadata: did you mean contacts? (found a list)",
    ]);
    expect(problems?.[0]).toEqual({
      file: "config/clients.json",
      client: "of",
      field: "redirect_uris[0]",
      found: '"https://of.example/*"',
      rule: "must have no wildcard: list every address in full",
    });
  });

  it("are one when the document is no list of clients", () => {
    const { problems } = validateClients("f", { clients: [] }, production);
    expect(problems?.map(clientProblemLine)).toEqual([
      "f: must be a list, in square brackets, of 1000 clients at most (found an object)",
    ]);
  });

  it("do not show the password of an address", () => {
    const metadata = { ...confidential, client_uri: "https://me:hunter2@of.example/" };
    expect(linesOf(metadata)).toEqual([
      'client_uri must have no user name or password: remove what precedes @ (found "https://[hidden]@of.example/")',
    ]);
  });

  it("are found in any JSON, without an error", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4 })), (document) => {
        const { clients, problems } = validateClients("f", document, production);
        return (clients === undefined) !== (problems === undefined);
      }),
    );
    const names = Object.keys(validateClient(confidential, production).client ?? {});
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names, "jwks", "contacts"), fc.jsonValue()),
        (metadata) => {
          const { client, problems } = validateClient(metadata, production);
          return (client === undefined) === problems.length > 0;
        },
      ),
    );
  });

  it.each<[string, (size: number) => object]>([
    ["a long list of addresses", (size) => ({ redirect_uris: Array(size / 10).fill("x") })],
    ["a very long address", (size) => ({ redirect_uris: [`https://${"a@".repeat(size)}`] })],
    ["a very long name", (size) => ({ ["r".repeat(size)]: 1 })],
    [
      "many names",
      (size) =>
        Object.fromEntries(Array.from({ length: size / 40 }, (_, i) => [`redirect_ur${i}`, 1])),
    ],
    ["a very long scope", (size) => ({ scope: "openid ".repeat(size) })],
    ["a very long contact", (size) => ({ contacts: ["a.".repeat(size)] })],
  ])("are found in %s in a time that grows with it alone", (_what, metadata) => {
    const growth = growthByEight((size) => {
      expect(linesOf({ ...confidential, ...metadata(size) }).length).toBeGreaterThan(0);
    }, 2000);
    expect(growth).toBeLessThan(growsNoFaster);
  });
});
