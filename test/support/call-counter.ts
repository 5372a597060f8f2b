import { jest } from "@jest/globals";
import type { ArtifactStore } from "../../src/artifacts/index.ts";
import type { TestProvider } from "./test-provider.ts";

/** What one request asked of the two stores, in order. */
export interface Calls {
  /** `method Model`, or `method` where no model is named. */
  readonly artifacts: readonly string[];
  /** `standing` for the prepared look-up; `verb table` for every statement that goes through knex. */
  readonly register: readonly string[];
}

/** Counts the calls that requests make, and lets every one through. */
export interface CallCounter {
  /** What `work` asked. Nothing else may be asked meanwhile. */
  readonly during: (work: () => Promise<unknown>) => Promise<Calls>;
}

/** What the jobs ask for by themselves; no request counted here goes to these through knex. */
const jobTables = new Set([
  "letter_requests",
  "outbox",
  "logout_notices",
  "clients_version",
  "signing_keys",
  "maintenance",
  "accesses",
]);

/** Stands between a provider and its stores. Undone by `jest.restoreAllMocks()`. */
export function countCalls({ application }: TestProvider): CallCounter {
  const artifacts: string[] = [];
  const register: string[] = [];
  const store = application.artifacts as unknown as Record<string, (...all: unknown[]) => unknown>;
  for (const method of methodsOf(application.artifacts)) {
    const original = store[method]?.bind(store);
    jest.spyOn(store, method).mockImplementation((...all) => {
      const [model] = all;
      const isModel = typeof model === "string" && /^[A-Z][A-Za-z]+$/.test(model);
      if (method !== "sweep") artifacts.push(isModel ? `${method} ${model}` : method);
      return original?.(...all);
    });
  }
  const standing = application.accesses.standing.bind(application.accesses);
  jest.spyOn(application.accesses, "standing").mockImplementation((sub) => {
    register.push("standing");
    return standing(sub);
  });
  application.database.knex.on("query", ({ sql }: { readonly sql: string }) => {
    const [, verb = sql, table = ""] =
      /^\s*(select|insert|update|delete)\b.*?(?:from|into|update)\s+[`"]?(\w+)/is.exec(
        // Of a column that is read of another table the statement is not.
        sql.replace(/\(select[^()]*\)/gi, "").replace(/^\s*update/i, "update update"),
      ) ?? [];
    if (!jobTables.has(table)) register.push(`${verb.toLowerCase()} ${table}`.trim());
  });
  return {
    during: async (work) => {
      artifacts.length = 0;
      register.length = 0;
      await work();
      return { artifacts: [...artifacts], register: [...register] };
    },
  };
}

function methodsOf(store: ArtifactStore): string[] {
  const names = new Set<string>();
  for (let each: unknown = store; each && each !== Object.prototype;) {
    for (const name of Object.getOwnPropertyNames(each)) names.add(name);
    each = Object.getPrototypeOf(each);
  }
  names.delete("constructor");
  names.delete("close");
  return [...names].filter(
    (name) => typeof (store as unknown as Record<string, unknown>)[name] === "function",
  );
}
