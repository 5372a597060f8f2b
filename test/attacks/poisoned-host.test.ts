import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const evil = "mechant.test";

/** Each way to tell a server that it is somebody else. */
const poisons: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["Host", { host: evil }],
  ["Host with credentials in front of ours", { host: `${evil}:x@localhost` }],
  ["Host with a path", { host: `${evil}/x?localhost` }],
  ["X-Forwarded-Host", { "x-forwarded-host": evil }],
  ["a list in X-Forwarded-Host", { "x-forwarded-host": `${evil}, localhost` }],
  ["X-Forwarded-Proto", { "x-forwarded-proto": "https" }],
  ["X-Forwarded-Port", { "x-forwarded-port": "444" }],
  ["Forwarded", { forwarded: `host=${evil};proto=https;for=1.2.3.4` }],
  ["X-Original-URL", { "x-original-url": `https://${evil}/`, "x-rewrite-url": `https://${evil}/` }],
  ["all at once", { host: evil, "x-forwarded-host": evil, "x-forwarded-proto": "https" }],
];

const surroundings = databases.flatMap((kind) =>
  [0, 1].map((proxies) => ({ kind, name: kind.name, proxies })),
);

describe.each(surroundings)(
  "on $name, behind $proxies trusted proxies, a poisoned",
  ({ kind, proxies }) => {
    let provider: TestProvider;

    beforeAll(async () => {
      provider = await startTestProvider(kind, {
        environment: { TRUSTED_PROXIES: String(proxies) },
      });
    });
    afterAll(async () => {
      await provider.stop();
    });

    const paths = () => [
      "/.well-known/openid-configuration",
      "/jwks",
      "/signup",
      "/recovery",
      "/recovery/some-token",
      "/account",
      "/session/end",
      "/nowhere",
      "/auth",
      plainClient(provider, "portal").authorizationUrl().href.slice(provider.issuer.length),
    ];

    it.each(poisons)(
      "%s changes not one byte: discovery, pages, redirects, cookies",
      async (_what, headers) => {
        for (const path of paths()) {
          const honest = await answer(provider, path, {});
          expect([path, await answer(provider, path, headers)]).toEqual([path, honest]);
        }
      },
    );

    it.each([`http://${evil}`, `https://${evil}:444`, `http://${evil}:x@localhost`])(
      "request line in absolute form (%s) changes not one byte",
      async (origin) => {
        for (const path of paths()) {
          const honest = await answer(provider, path, {});
          const poisoned = await answer(provider, path, {}, origin);
          expect([path, poisoned]).toEqual([path, honest]);
        }
      },
    );
  },
);

/** What is answered, without what is new at each request: secrets, their expiry, references. */
async function answer(
  { issuer }: TestProvider,
  path: string,
  headers: Readonly<Record<string, string>>,
  origin = "",
) {
  const { host, port } = new URL(issuer);
  const found = await new Promise<{ status: number | undefined; headers: object; body: string }>(
    (resolve, reject) => {
      const accept = { accept: "text/html" };
      const target = { host: "127.0.0.1", port, path: origin + path, agent: false };
      request({ ...target, headers: { host, ...accept, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode,
            headers: { ...response.headers, date: "", "content-length": "" },
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      })
        .on("error", reject)
        .end();
    },
  );
  return JSON.stringify(found)
    .replaceAll(/expires=[^;"]*/gi, "expires")
    .replaceAll(/[\w-]{21,}/g, (secret) => `SECRET OF ${String(secret.length)}`);
}
