import { clientSettings, valuesOf } from "../../src/clients/index.ts";
import type { PageModels } from "../../src/web/index.ts";
import type { StaffFrame } from "../../src/backoffice/staff-frame.ts";

const subject =
  "Groupement interprofessionnel pour le développement de la formation et de l'apprentissage";
const redirects = [
  "https://compta.example/callback",
  `https://compta.example/${"retour".repeat(20)}`,
];
const values = valuesOf({
  ...{ client_id: "compta", client_name: "Comptabilité Plus", redirect_uris: redirects },
  ...{ scope: "openid profile email siret", first_party: true },
  ...{ token_endpoint_auth_method: "client_secret_post", default_max_age: 3600 },
});
const settings = Object.entries(clientSettings).map(([name, kind]) => ({ name, kind }));
const found = [
  {
    ...{ field: "redirect_uris", path: "redirect_uris[1]", found: '"http://compta.example/"' },
    rule: "must be https: plain http is for loopback addresses and for development",
  },
  {
    ...{ field: "rest", path: "requirepkce", found: "false" },
    rule: "must be the name of known metadata: did you mean require_pkce?",
  },
];

/** The form that edits a client, and what it shows before it counts. */
export function clientEditStates(staff: StaffFrame) {
  const edit = (model: Partial<PageModels["backoffice/staff-client-edit"]>, status = 200) => ({
    ...{ status, name: "backoffice/staff-client-edit" as const },
    model: {
      ...{ staff, subject, settings, found: [], managesItself: false, backUrl: "/back" },
      form: { action: "/sent-here", values, problems: [] },
      ...model,
    },
  });
  const preview = (model: Partial<PageModels["backoffice/staff-client-edit-preview"]>) => ({
    ...{ status: 200, name: "backoffice/staff-client-edit-preview" as const },
    model: {
      ...{ staff, subject, backUrl: "/back", renamesPeople: false, secret: "kept" as const },
      form: { action: "/sent-here", values: { document: "{}", version: "a1" }, problems: [] },
      ...{ differences: [], voidedBy: [], effects: [] },
      ...model,
    },
  });
  return {
    "staff: client edit": edit({ managesItself: true }),
    "staff: client edit refused": edit(
      {
        found,
        form: {
          ...{ action: "/sent-here", values },
          problems: [
            {
              ...{ field: "redirect_uris", reason: "setting-refused" },
              details: { setting: "redirect_uris" },
            },
            { field: "rest", reason: "rest-refused" },
          ],
        },
      },
      422,
    ),
    "staff: client edit overtaken": edit(
      { form: { action: "/sent-here", values, problems: [{ reason: "client-changed" }] } },
      422,
    ),
    "staff: client edit preview": preview({
      differences: [
        {
          name: "redirect_uris",
          before: redirects.join("\n"),
          after: undefined,
        },
        { name: "token_endpoint_auth_method", before: "client_secret_basic", after: "none" },
      ],
      ...{ voidedBy: ["token_endpoint_auth_method", "subject_type"], secret: "ended" },
      renamesPeople: true,
      effects: [
        { name: "people", count: 1412 },
        { name: "secrets", count: 2 },
      ],
    }),
    "staff: client edit preview same": preview({}),
  };
}
