import {
  type ClientProblem,
  type MetadataPath,
  type ShowValue,
  pathText,
  shownValue,
} from "./client-problem.ts";
import { contradictions, fapiDefaults } from "./metadata-consistency.ts";
import {
  type ClientMetadata,
  type ClientRules,
  type MetadataFields,
  metadataFields,
} from "./metadata-fields.ts";
import { unknownNameRule } from "./metadata-names.ts";

/** Clients that all passed the validation, or every problem of all of them. */
export type ValidatedClients =
  | { readonly clients: readonly ClientMetadata[]; readonly problems?: undefined }
  | { readonly clients?: undefined; readonly problems: readonly ClientProblem[] };

/** One thing wrong with one client's metadata, and where; it holds the value itself, which may be a secret. */
export interface MetadataProblem {
  readonly path: MetadataPath;
  readonly value: unknown;
  readonly rule: string;
}

const mostClients = 1000;
/** Beyond this nobody meant a client, and looking for what was meant would take long. */
const mostUnknownNames = 50;

/** How a document was read: what its problems show, and what was already wrong before the validation. */
export interface Reading {
  /** How a value is shown; the path begins with the client's place in the array. */
  readonly show: ShowValue;
  /** Values that could not be read as they are meant: the validation says nothing more of them. */
  readonly unread: readonly {
    readonly path: MetadataPath;
    readonly found: string;
    readonly rule: string;
    /** Whether somebody else says so. */
    readonly isTold: boolean;
  }[];
}

const asItStands: Reading = {
  show: (path, value) => shownValue(path.slice(1), value),
  unread: [],
};

/**
 * Validates an array of clients: each on its own, and that no two share a `client_id`.
 * @param file where they stand, for the problems
 * @param document what was read there
 */
export function validateClients(
  file: string,
  document: unknown,
  rules: ClientRules,
  reading: Reading = asItStands,
): ValidatedClients {
  if (!Array.isArray(document) || document.length > mostClients) {
    const rule = `must be a list, in square brackets, of ${mostClients} clients at most`;
    const found = Array.isArray(document) ? `${document.length} clients` : shownValue([], document);
    return { problems: [{ file, client: undefined, field: undefined, found, rule }] };
  }
  const each = document.map((metadata: unknown) => validateClient(metadata, rules));
  const problems = each.flatMap(({ clientId, problems: own }, index) => {
    const unread = reading.unread.filter(({ path }) => path[0] === index);
    const judged = [...own, ...clash(each, index)]
      .map(({ path, value, rule }) => ({ path: [index, ...path], value, rule }))
      .filter(({ path }) => !unread.some((other) => stands(other.path, path)))
      .map(({ path, value, rule }) => ({ path, found: reading.show(path, value), rule }));
    return [...unread.filter(({ isTold }) => !isTold), ...judged].map(({ path, found, rule }) => ({
      file,
      client: clientId ?? `[${index}]`,
      field: path.length > 1 ? pathText(path.slice(1)) : undefined,
      found,
      rule,
    }));
  });
  if (problems.length > 0) return { problems };
  return { clients: each.flatMap(({ client }) => client ?? []) };
}

/** Whether `inner` is `outer` or stands below it. */
function stands(inner: MetadataPath, outer: MetadataPath): boolean {
  return outer.every((step, depth) => inner[depth] === step);
}

/** What came of the validation of one client. */
export interface ValidatedClient {
  /** Present when there is no problem. */
  readonly client: ClientMetadata | undefined;
  /** Present when the `client_id` itself is right. */
  readonly clientId: string | undefined;
  readonly problems: readonly MetadataProblem[];
}

/**
 * Validates the metadata of one client: the one validation for every kind of client. Whatever it accepts,
 * oidc-provider accepts as it is.
 */
export function validateClient(metadata: unknown, rules: ClientRules): ValidatedClient {
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    const problem = { path: [], value: metadata, rule: "must be an object, in curly brackets" };
    return { client: undefined, clientId: undefined, problems: [problem] };
  }
  const written = new Map<string, unknown>(Object.entries(metadata));
  const profiled = written.get("profile") === "fapi2" ? Object.entries(fapiDefaults) : [];
  const given = new Map<string, unknown>([...profiled, ...written]);
  const fields = metadataFields(rules, given.get("application_type") === "native");
  const { sound, problems } = judgeFields(given, fields);
  problems.push(...unknownNames(given, Object.keys(fields)));
  for (const { field, rule } of contradictions(sound, new Set(given.keys()), rules)) {
    problems.push({ path: [field], value: given.get(field), rule });
  }
  // Without a problem every field is sound, and so the whole is.
  const client = problems.length === 0 ? (sound as ClientMetadata) : undefined;
  return { client, clientId: sound.client_id, problems };
}

function unknownNames(
  given: ReadonlyMap<string, unknown>,
  served: readonly string[],
): MetadataProblem[] {
  const unknown = [...given].filter(([name]) => !served.includes(name));
  if (unknown.length > mostUnknownNames) {
    const tooMany = `must have only names of known metadata: ${unknown.length} are not`;
    return [{ path: [], value: {}, rule: tooMany }];
  }
  return unknown.map(([name, value]) => {
    return { path: [name], value, rule: unknownNameRule(name, served) };
  });
}

function judgeFields(given: ReadonlyMap<string, unknown>, fields: MetadataFields) {
  const sound: Record<string, unknown> = {};
  const problems: MetadataProblem[] = [];
  for (const [name, rule] of Object.entries(fields)) {
    const judged = rule.safeParse(given.get(name));
    if (judged.success && judged.data !== undefined) sound[name] = judged.data;
    for (const issue of judged.error?.issues ?? []) {
      const value = valueAt(given.get(name), issue.path);
      problems.push({ path: [name, ...issue.path], value, rule: issue.message });
    }
  }
  return { sound: sound as Partial<ClientMetadata>, problems };
}

function valueAt(value: unknown, path: MetadataPath): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : undefined,
    value,
  );
}

function clash(each: readonly ValidatedClient[], index: number): MetadataProblem[] {
  const clientId = each[index]?.clientId;
  const first = each.findIndex((other) => other.clientId === clientId);
  if (clientId === undefined || first === index) return [];
  const rule = `must be unique: client [${first}] has it already`;
  return [{ path: ["client_id"], value: clientId, rule }];
}
