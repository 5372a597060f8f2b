import { type Outcome, accepted, digest, refused } from "../foundation/index.ts";
import {
  type ClientChangeEffects,
  type ClientDifference,
  changeEffects,
  clientDifferences,
} from "./client-change.ts";
import { parseJson } from "./client-document.ts";
import { type ClientEntry, editedEntry, registeredRules } from "./client-entry.ts";
import { validateClients } from "./client-metadata.ts";
import { type ClientProblem, pathText, quoted, shownValue } from "./client-problem.ts";
import type { ClientRegistryParts } from "./client-registry.ts";
import { newClientSecret } from "./client-secret.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { type ClientEvent, recordedChange } from "./recorded-change.ts";

/** Why a client is not edited. */
export type ClientEditReason =
  | "client-unknown"
  /** It stands in `CLIENTS_FILE`: there it is edited. */
  | "client-declared"
  /** Somebody else, or the client itself, changed it since it was read. */
  | "client-changed"
  /** Nothing that counts would be another. */
  | "client-same";

/** A refusal with what is wrong with the metadata. */
export interface RefusedMetadata {
  readonly accepted: false;
  readonly problems: readonly [{ readonly reason: "client-refused" }];
  readonly found: readonly ClientProblem[];
}

/** A registered client as it is edited. */
export interface EditableClient {
  readonly entry: ClientEntry;
  /** As it was registered, without defaults. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Changes with each change of it: what an edit must bring back. */
  readonly version: string;
}

/** What an edit would change. Nothing is changed yet. */
export interface ClientChange {
  readonly clientId: string;
  readonly version: string;
  /** JSON: what would be registered. */
  readonly text: string;
  /** What counts, setting by setting; empty when nothing would. */
  readonly differences: readonly ClientDifference[];
  readonly effects: ClientChangeEffects;
}

/** A client that was edited, and the secret that was made for it: shown now and never again. */
export interface EditedClient {
  readonly change: ClientChange;
  readonly entry: ClientEntry;
  readonly secret: string | undefined;
}

/** What an edit is given: the JSON of the whole client, and the version that it was made from. */
export interface ClientEdit {
  readonly text: string;
  readonly version: string;
}

/** What the metadata name elsewhere: it is looked at when one of these changes. */
const remote: ReadonlySet<string> = new Set([
  "logo_uri",
  "redirect_uris",
  "sector_identifier_uri",
  "subject_type",
]);

/**
 * Edits registered clients: the one act, which the page and the command line call. Secret and tokens stay where the change
 * allows it ({@link changeEffects}). The version is a digest of what is registered, so that it needs no column, and no older node
 * can forget to count it. Rejected: to merge two changes, of which neither admin has seen the result.
 */
export class ClientEditing {
  readonly #parts: ClientRegistryParts;

  constructor(parts: ClientRegistryParts) {
    this.#parts = parts;
  }

  /** A registered client as it is now, on whatever node it was changed. */
  async read(clientId: string): Promise<Outcome<EditableClient, ClientEditReason>> {
    const { directory } = this.#parts;
    await directory.refresh();
    const entry = directory.entry(clientId);
    if (!entry) return refused({ reason: "client-unknown" });
    if (entry.written === undefined) return refused({ reason: "client-declared" });
    const document = JSON.parse(entry.written) as EditableClient["document"];
    return accepted({ entry, document, version: digest(entry.written) });
  }

  /**
   * Judges an edit and says what it would change, if what is registered is still what it was made from: what somebody else changed
   * since would look like a wish of whoever edits.
   */
  async preview(
    clientId: string,
    edit: ClientEdit,
  ): Promise<Outcome<ClientChange, ClientEditReason> | RefusedMetadata> {
    const known = await this.#readFor(clientId, edit);
    return known.accepted ? this.#judge(known.value, edit.text) : known;
  }

  /**
   * Replaces what is registered of a client, if it is still what the edit was made from. Each setting that changed stands in the
   * audit by its name.
   * @param by `operator`, or the `sub` of an admin
   */
  async edit(
    clientId: string,
    by: string,
    edit: ClientEdit,
  ): Promise<Outcome<EditedClient, ClientEditReason> | RefusedMetadata> {
    const { directory, random } = this.#parts;
    const known = await this.#readFor(clientId, edit);
    if (!known.accepted) return known;
    const judged = await this.#judge(known.value, edit.text);
    if (!judged.accepted) return judged;
    const change = judged.value;
    if (change.differences.length === 0) return refused({ reason: "client-same" });
    const secret = change.effects.secret === "made" ? newClientSecret(random) : undefined;
    const written = await this.#write(known.value, change, secret, eventOf(change, by));
    if (!written) return refused({ reason: "client-changed" });
    const read = directory.entry(clientId);
    const entry = read?.written === change.text ? read : this.#edited(known.value, change, secret);
    return accepted({ change, entry, secret });
  }

  /** A client as it was just written, where the directory has not read it again. */
  #edited(
    { entry }: EditableClient,
    { text, effects }: ClientChange,
    secret?: string,
  ): ClientEntry {
    const { production, clock } = this.#parts;
    const createdAt = clock.epochSeconds();
    const made =
      secret === undefined
        ? entry.secrets
        : [{ digest: digest(secret), createdAt, endsAt: undefined }];
    return editedEntry(entry, text, production, effects.secret === "ended" ? [] : made);
  }

  async #readFor(
    clientId: string,
    { version }: ClientEdit,
  ): Promise<Outcome<EditableClient, ClientEditReason>> {
    const known = await this.read(clientId);
    const isOlder = known.accepted && known.value.version !== version;
    return isOlder ? refused({ reason: "client-changed" }) : known;
  }

  async #judge(
    { entry, version }: EditableClient,
    text: string,
  ): Promise<Outcome<ClientChange, ClientEditReason> | RefusedMetadata> {
    const { clientId, metadata: before } = entry;
    const judged = judgeText(clientId, text, this.#parts.production);
    if (judged.problems) return refusedMetadata(judged.problems);
    const { metadata: after } = judged;
    const differences = clientDifferences(before ?? {}, after);
    const found = differences.some(({ name }) => remote.has(name))
      ? await this.#elsewhere(after)
      : [];
    if (found.length > 0) return refusedMetadata(found);
    const effects = changeEffects(before, after, entry.secrets.length > 0);
    const document = JSON.stringify(judged.document);
    return accepted({ clientId, version, text: document, differences, effects });
  }

  async #elsewhere(metadata: ClientMetadata): Promise<ClientProblem[]> {
    const problems = await this.#parts.remoteProblems(metadata);
    return problems.map(({ path, value, rule }) => {
      const found = shownValue(path, value);
      return { file: "JSON", client: metadata.client_id, field: pathText(path), found, rule };
    });
  }

  async #write(
    { entry: { clientId, written = "" } }: EditableClient,
    { text, effects }: ClientChange,
    secret: string | undefined,
    event: ClientEvent,
  ): Promise<boolean> {
    const now = this.#parts.clock.epochSeconds();
    return recordedChange(this.#parts, [event], async (store) => {
      if (!(await store.exchangeMetadata(clientId, written, text))) return false;
      if (effects.secret === "ended") await store.removeSecrets(clientId);
      if (secret !== undefined) {
        const kept = { digest: digest(secret), createdAt: now, olderEndsAt: now };
        await store.addSecret(clientId, kept);
      }
      // What was issued within this very second cannot be told from what came before: it ends with it.
      if (effects.voidedBy.length > 0) await store.voidIssued(clientId, now + 1);
      return true;
    });
  }
}

/** Each setting that changed stands in the audit by its name. */
function eventOf({ clientId, differences, effects }: ClientChange, actor: string): ClientEvent {
  const settings = differences.map(({ name }) => name).join(" ");
  const { secret, voidedBy } = effects;
  const details = {
    settings,
    ...(secret === "ended" || secret === "made" ? { secret } : undefined),
    ...(voidedBy.length > 0 ? { tokens: "void" } : undefined),
  };
  return { name: "client-updated", clientId, actor, details };
}

type JudgedText =
  | {
      readonly metadata: ClientMetadata;
      readonly document: unknown;
      readonly problems?: undefined;
    }
  | { readonly problems: readonly ClientProblem[] };

/** By the one validation; a client keeps its identifier, which its tokens, its secret and its people's consents know it by. */
function judgeText(clientId: string, text: string, production: boolean): JudgedText {
  const parsed = parseJson("JSON", text);
  if (parsed.problems) return parsed;
  const judged = validateClients("JSON", [parsed.written], registeredRules(production));
  if (judged.problems) return judged;
  const [metadata] = judged.clients;
  if (!metadata) throw new Error("one client was judged, and there is none");
  if (metadata.client_id === clientId) return { metadata, document: parsed.written };
  const rule = `must stay ${quoted(clientId)}: register another client for another identifier`;
  const found = quoted(metadata.client_id);
  return { problems: [{ file: "JSON", client: clientId, field: "client_id", found, rule }] };
}

function refusedMetadata(found: readonly ClientProblem[]): RefusedMetadata {
  return { accepted: false, problems: [{ reason: "client-refused" }], found };
}
