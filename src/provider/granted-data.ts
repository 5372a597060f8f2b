import { claimsByScope } from "./claims.ts";

/**
 * Data as pages word them: a scope each (`consent.scope.<scope>`). Claims that are asked for by name are worded by the
 * first scope that has them.
 */
export function wordedData(scopes: readonly string[], claims: readonly string[]): string[] {
  const worded = scopes.filter((scope) => scope in claimsByScope || scope === "offline_access");
  const said = new Set(worded.flatMap((scope) => claimsByScope[scope] ?? []));
  const further = claims
    .filter((claim) => !said.has(claim))
    .flatMap(
      (claim) =>
        Object.keys(claimsByScope).find((scope) => claimsByScope[scope]?.includes(claim)) ?? [],
    );
  return [...new Set([...worded, ...further])];
}
