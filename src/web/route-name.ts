import type { Context } from "koa";

/** What no router of ours answers, by its very path; a test compares them with what is served. */
const paths: ReadonlySet<string> = new Set([
  ...["/", "/livez", "/readyz", "/privacy", "/docs/errors", "/jwks"],
  ...["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"],
  ...["/.well-known/change-password"],
  ...["/auth", "/request", "/token", "/token/introspection", "/token/revocation", "/me"],
  ...["/session/end", "/session/end/confirm", "/session/end/success"],
]);

/** The same, of which a part of the path is data. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/^\/assets\//, "/assets/*"],
  [/^\/docs\/errors\//, "/docs/errors/*"],
  [/^\/auth\/[^/]+$/, "/auth/:uid"],
  [/^\/interaction\/[^/]+/, "/interaction/:uid"],
  [/^\/api\/v1(\/|$)/, "/api/v1/*"],
  [/^\/admin(\/|$)/, "/admin/*"],
  [/^\/account(\/|$)/, "/account/*"],
];

const methods: ReadonlySet<string> = new Set([
  ...["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
]);

/**
 * Which route a request took, method first: `POST /recovery/:token`. A word of ours from a closed list, never what was
 * asked: a route that a router knows, a path of the list above, else `other`.
 */
export function routeName(ctx: Pick<Context, "method" | "path">): string {
  const method = methods.has(ctx.method) ? ctx.method : "OTHER";
  const { _matchedRoute: matched } = ctx as { readonly _matchedRoute?: unknown };
  return `${method} ${typeof matched === "string" ? matched : pathName(ctx.path)}`;
}

function pathName(path: string): string {
  const plain = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  if (paths.has(plain)) return plain;
  return patterns.find(([pattern]) => pattern.test(plain))?.[1] ?? "other";
}
