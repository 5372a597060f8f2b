import type { Context } from "koa";
import {
  type ClientChange,
  type ClientProblem,
  type EditableClient,
  type RefusedMetadata,
  type SettingValues,
  clientSettings,
  documentOf,
  settingFields,
  valuesOf,
} from "../clients/index.ts";
import { AppError, type Problem } from "../foundation/index.ts";
import { formFields, refusedStatus, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { nameOf } from "./client-routes.ts";
import { clientSecret, clientUrl, secretOnce } from "./secret-once.ts";
import type { StaffMember } from "./staff-member.ts";
import { renderStaffPage } from "./staff-page.ts";
import type { StaffAnswer, StaffRouter } from "./staff-router.ts";

const fresh = { role: "admin", fresh: "proven" } as const;

/**
 * `/admin/clients/:id/edit`: a registered client's settings. What was typed is compared with what is registered first; the form
 * of that page carries the document that was shown, and only that is registered. Both forms carry the version that the first one
 * was filled with, so that what a colleague changed since is never taken back unseen.
 */
export function clientEditRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const { clientEditing } = parts;
  const secrets = secretOnce(parts, clientSecret);
  const url = "/admin/clients/:id/edit";
  routes.page(
    url,
    fresh,
    editable(parts, (ctx, staff, client) =>
      showForm(ctx, staff, client, {
        values: valuesOf(client.document),
        version: client.version,
      }),
    ),
  );
  routes.act(
    `${url}/preview`,
    fresh,
    editable(parts, (ctx, staff, client) => preview(ctx, parts, staff, client)),
  );
  routes.act(
    url,
    fresh,
    editable(parts, async (ctx, staff, client) => {
      const { document, version, choice } = formFields(ctx.request.body, [
        ...["document", "version", "choice"],
      ] as const);
      const values = valuesOf(readDocument(document));
      if (choice === "correct") return showForm(ctx, staff, client, { values, version });
      const { clientId } = client.entry;
      const edit = { text: document, version };
      const outcome = await clientEditing.edit(clientId, staff.account.sub, edit);
      if (!outcome.accepted) {
        return showForm(ctx, staff, client, { values, version, refusal: outcome });
      }
      const { secret } = outcome.value;
      if (secret !== undefined) secrets.leave(ctx, staff, clientId, secret);
      seeOther(ctx, clientUrl(clientId), { done: "edited" });
    }),
  );
}

async function preview(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  client: EditableClient,
): Promise<void> {
  const { clientId } = client.entry;
  const values = formFields(ctx.request.body, settingFields);
  const { version } = formFields(ctx.request.body, ["version"]);
  const typed = documentOf(clientId, values);
  const outcome = typed.problems
    ? refusedTyping(typed.problems)
    : await parts.clientEditing.preview(clientId, { text: typed.text, version });
  if (!outcome.accepted) {
    return showForm(ctx, staff, client, { values, version, refusal: outcome });
  }
  await showPreview(ctx, parts, staff, client, outcome.value);
}

type Refusal = RefusedMetadata | { readonly problems: readonly Problem[] };

function refusedTyping(found: readonly ClientProblem[]): RefusedMetadata {
  return { accepted: false, problems: [{ reason: "client-refused" }], found };
}

/** A declared client is edited where it stands; one of our own is none. */
function editable(
  { clientEditing, clients }: BackofficeParts,
  answer: (ctx: Context, staff: StaffMember, client: EditableClient) => Promise<void>,
): StaffAnswer {
  return async (ctx, staff) => {
    const id = ctx.params["id"] ?? "";
    const read = await clientEditing.read(id);
    if (read.accepted) return answer(ctx, staff, read.value);
    if (!clients.declaredAt(id)) throw new AppError("client-unknown", { status: 404 });
    seeOther(ctx, clientUrl(id), { done: "unchanged" });
  };
}

/** What our own page brought back; anything else is judged as what it is, and fills no field. */
function readDocument(text: string): Readonly<Record<string, unknown>> {
  try {
    const document = JSON.parse(text) as unknown;
    return typeof document === "object" && document !== null
      ? (document as Readonly<Record<string, unknown>>)
      : {};
  } catch {
    return {};
  }
}

/** What was typed, and the version of the client that it was typed over. */
interface EditState {
  readonly values: SettingValues;
  readonly version: string;
  readonly refusal?: Refusal;
}

async function showForm(
  ctx: Context,
  staff: StaffMember,
  client: EditableClient,
  { values, version, refusal }: EditState,
): Promise<void> {
  const found = refusal && "found" in refusal ? refusal.found : [];
  const problems = found.length > 0 ? found.map(besideField) : (refusal?.problems ?? []);
  const url = clientUrl(client.entry.clientId);
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  // Who is told that it changed looks at it as it is now; nobody else is.
  const isTold = problems.some(({ reason }) => reason === "client-changed");
  const sent = { ...values, version: isTold ? client.version : version };
  await renderStaffPage(ctx, staff, status, "backoffice/staff-client-edit", {
    form: { action: `${url}/edit/preview`, values: sent, problems: onceEach(problems) },
    subject: nameOf(client.entry),
    settings: Object.entries(clientSettings).map(([name, kind]) => ({ name, kind })),
    found: found.map((problem) => ({ ...besideField(problem), ...shownProblem(problem) })),
    managesItself: client.entry.registeredBy?.startsWith("invitation:") ?? false,
    backUrl: url,
  });
}

/** The field where a problem is mended. */
function besideField({ field = "rest" }: ClientProblem) {
  const name = /^\w+/.exec(field)?.[0] ?? "rest";
  const has = settingFields.some((each) => each === name);
  // People know the field of the others by its title: no setting is called so.
  if (field === "rest") return { field, reason: "rest-refused" };
  return { field: has ? name : "rest", reason: "setting-refused", details: { setting: field } };
}

function shownProblem({ field = "client", rule, found }: ClientProblem) {
  return { path: field, rule, found };
}

function onceEach(problems: readonly Problem[]): Problem[] {
  const key = ({ field, reason }: Problem) => `${field ?? ""} ${reason}`;
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
}

async function showPreview(
  ctx: Context,
  { holdings }: BackofficeParts,
  staff: StaffMember,
  { entry }: EditableClient,
  { text, version, differences, effects, clientId }: ClientChange,
): Promise<void> {
  const url = clientUrl(clientId);
  const voids = effects.voidedBy.length > 0;
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-client-edit-preview", {
    isOfOneLanguage: true,
    form: { action: `${url}/edit`, values: { document: text, version }, problems: [] },
    subject: nameOf(entry),
    differences,
    voidedBy: effects.voidedBy,
    secret: effects.secret,
    renamesPeople: effects.renamesPeople,
    effects: [
      ...(voids ? [{ name: "people" as const, count: await holdings.peopleOf(clientId) }] : []),
      ...(effects.secret === "ended"
        ? [{ name: "secrets" as const, count: entry.secrets.length }]
        : []),
    ],
    backUrl: url,
  });
}
