import { type Telemetry, silentTelemetry } from "../foundation/index.ts";
import type { ArtifactStore } from "./artifact-store.ts";

/** What each of them is called with first: a model, or what is nobody's business. */
const ofModel = [
  ...(["put", "find", "findByUid", "consume", "consumeByUid"] as const),
  ...(["insertOnce", "remove"] as const),
];
const ofNoModel = [
  ...(["sessionsOf", "removeGrant", "removeModelByGrant", "freezeEstablishment"] as const),
  ...(["frozenEstablishment", "describe", "removeAccount", "removeEstablishment"] as const),
  ...(["removeClient", "removeSession", "sweep", "grantsOf", "peopleOf"] as const),
];

type Operation = (...values: readonly unknown[]) => Promise<unknown>;

/** The same store, whose operations are told of: `find Session`. The store itself where nobody watches. */
export function observedArtifacts(store: ArtifactStore, telemetry: Telemetry): ArtifactStore {
  if (telemetry === silentTelemetry) return store;
  const operations = store as unknown as Record<string, Operation>;
  const timed = (method: string, nameOf: (first: unknown) => string): Operation => {
    const operation = (operations[method] as Operation).bind(store);
    return (...values) =>
      telemetry.timed("statement", nameOf(values[0]), () => operation(...values));
  };
  const observed = [
    ...ofModel.map((method) => [method, timed(method, names(method))] as const),
    ...ofNoModel.map((method) => [method, timed(method, always(`artifacts ${method}`))] as const),
  ];
  const others = { census: () => store.census(), close: () => store.close() };
  return {
    ...others,
    ...(Object.fromEntries(observed) as Omit<ArtifactStore, "census" | "close">),
  };
}

function always(name: string): () => string {
  return () => name;
}

/** One text a model, made once: it is looked up at each call. */
function names(method: string): (model: unknown) => string {
  const known = new Map<unknown, string>();
  return (model) => {
    const name = known.get(model) ?? `artifacts ${method} ${String(model)}`;
    known.set(model, name);
    return name;
  };
}
