import type { ResourceServer } from "../clients/index.ts";

/** A resource server that an application uses in a person's name, as pages tell it. */
export interface UsedService {
  /** As it is declared; one that is no more declared goes by its resource indicator. */
  readonly name: string;
  readonly scopes: readonly string[];
}

/** The resource servers that an authorization asks for, each with those of the asked scopes that are its own. */
export function askedServices(
  resources: readonly ResourceServer[],
  indicators: unknown,
  scopes: readonly string[],
): UsedService[] {
  const asked = [indicators].flat();
  return resources
    .filter(({ resource }) => asked.includes(resource))
    .map(({ name, scopes: own }) => ({ name, scopes: scopes.filter((each) => own.includes(each)) }))
    .filter((service) => service.scopes.length > 0);
}

/**
 * The resource servers that grants allow.
 * @param granted of each grant its scopes by resource indicator, separated by spaces, as the library writes them
 * @param isStill whether the client may ask for a scope still
 */
export function grantedServices(
  resources: readonly ResourceServer[],
  granted: readonly Readonly<Record<string, string>>[],
  isStill: (scope: string) => boolean,
): UsedService[] {
  const byIndicator = Map.groupBy(
    granted.flatMap((each) => Object.entries(each)),
    ([indicator]) => indicator,
  );
  return [...byIndicator]
    .map(([indicator, held]) => ({
      name: resources.find(({ resource }) => resource === indicator)?.name ?? indicator,
      scopes: [...new Set(held.flatMap(([, scopes]) => scopes.split(" ")))].filter(isStill),
    }))
    .filter(({ scopes }) => scopes.length > 0);
}
