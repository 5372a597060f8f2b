import type { Context, Middleware } from "koa";
import { digest, minutes } from "../foundation/index.ts";

/** The documents that relying parties read again and again, and that change with our configuration and keys alone. */
const discoveryPaths = new Set([
  "/.well-known/openid-configuration",
  "/.well-known/oauth-authorization-server",
]);
const paths = new Set([...discoveryPaths, "/jwks"]);

/** How long a relying party may keep them: a new key is published longer than this before it signs. */
const keptSeconds = minutes(5);

interface Document {
  readonly body: Buffer;
  readonly etag: string;
  /** Name, value, name, value: as node writes them. */
  readonly headers: readonly string[];
}

/**
 * Discovery and JWKS as bytes, built once from the library's own answer (which builds some twelve
 * addresses at each request, and sends neither `ETag` nor `Cache-Control`). It stands in front of
 * everything: no page, session or language is needed for them, and any origin may read them.
 * @param version of the keys: another one makes new documents
 * @param registrationEndpoint comes and goes while the server runs: discovery names it while there is one
 */
export function publishedDocuments(
  issuer: string,
  version: () => string = () => "",
  registrationEndpoint: () => string | undefined = () => undefined,
): Middleware {
  let documents = { version: "", known: new Map<string, Document>() };
  const secure = issuer.startsWith("https:");
  return async (ctx, next) => {
    const isRead = ctx.method === "GET" || ctx.method === "HEAD";
    if (!isRead || !paths.has(ctx.path)) {
      await next();
      return;
    }
    const isDiscovery = discoveryPaths.has(ctx.path);
    const registration = isDiscovery ? { registration_endpoint: registrationEndpoint() } : {};
    if (documents.version !== version()) documents = { version: version(), known: new Map() };
    const { known } = documents;
    const name = `${ctx.path} ${registration.registration_endpoint ?? ""}`;
    let document = known.get(name);
    if (!document) {
      await next();
      const content: unknown = ctx.body;
      if (ctx.status !== 200 || typeof content !== "object" || !content) return;
      document = documentOf(
        isDiscovery ? { ...completed(content), ...registration } : content,
        ctx.response.get("Content-Type"),
        secure,
      );
      known.set(name, document);
    }
    send(ctx, document);
  };
}

function documentOf(content: object, type: string, secure: boolean): Document {
  const body = Buffer.from(JSON.stringify(content));
  const etag = `"${digest(body.toString())}"`;
  const headers = ["Content-Type", type || "application/json; charset=utf-8"];
  headers.push("Cache-Control", `public, max-age=${keptSeconds}`, "ETag", etag);
  headers.push("Access-Control-Allow-Origin", "*", "X-Content-Type-Options", "nosniff");
  if (secure) headers.push("Strict-Transport-Security", "max-age=63072000");
  return { body, etag, headers };
}

/** These take a client as the token endpoint does; a document that does not say so says HTTP Basic (RFC 8414 §2). */
const authenticatedAlike = ["revocation_endpoint", "introspection_endpoint"];

/** What the library says of itself, and of these endpoints, too; what has no element is left out (OpenID Connect Discovery §4.2). */
function completed(content: object): Readonly<Record<string, unknown>> {
  const said = Object.entries(content).filter(([, value]) => !isEmptyList(value));
  const alike = said.flatMap(([name, value]) =>
    name.startsWith("token_endpoint_auth_")
      ? authenticatedAlike.map(
          (endpoint) => [name.replace("token_endpoint", endpoint), value] as const,
        )
      : [],
  );
  return Object.fromEntries([...said, ...alike]);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Past Koa, which would set and read each header one by one: twice as many answers a second. */
function send(ctx: Context, { body, etag, headers }: Document): void {
  const { req, res } = ctx;
  ctx.respond = false;
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  if (isKnown(req.headers["if-none-match"], etag)) {
    res.writeHead(304, [...headers]).end();
    return;
  }
  res.writeHead(200, [...headers, "Content-Length", String(body.length)]);
  res.end(ctx.method === "HEAD" ? undefined : body);
}

/** RFC 9110 §13.1.2: any of the list, compared weakly; `*` is any. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const known = ifNoneMatch.split(",").map((each) => each.trim().replace(/^W\//, ""));
  return known.includes(etag) || known.includes("*");
}
