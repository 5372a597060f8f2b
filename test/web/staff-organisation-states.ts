import type { PageModels } from "../../src/web/index.ts";
import type { StaffFrame } from "../../src/backoffice/staff-frame.ts";

const longEmail =
  "marie-antoinette.de-la-rochefoucauld-montmorency@formation-professionnelle.example";
const organisation = "130 025 265";
const request: PageModels["backoffice/staff-colleague-request"]["request"] = {
  ...{ kind: "open", email: longEmail, formatted: "130 025 265 00013", state: "waiting" },
  ...{ asked: "03/03/2026 18:00:12", organisation, askedBy: "Zoé Moulin", askerUrl: "/a" },
  establishment:
    "Groupement interprofessionnel pour le développement de la formation et de l'apprentissage",
  message: "Elle nous rejoint en mars",
};

/** What staff see of administrators of organisations. */
export function staffOrganisationStates(staff: StaffFrame) {
  const list = (model: Partial<PageModels["backoffice/staff-organisations"]>, status = 200) => ({
    ...{ status, name: "backoffice/staff-organisations" as const },
    model: {
      ...{ staff, requests: [], cares: [], mayGive: true, backUrl: "/back" },
      form: { action: "/sent-here", values: {}, problems: [] },
      ...model,
    },
  });
  const one = (model: Partial<PageModels["backoffice/staff-colleague-request"]>, status = 200) => ({
    ...{ status, name: "backoffice/staff-colleague-request" as const },
    model: {
      ...{ staff, request, acceptAction: "/accept", backUrl: "/back" },
      form: { action: "/sent-here", values: {}, problems: [] },
      ...model,
    },
  });
  return {
    "staff: organisations": list({
      requests: [
        { ...request, url: "/r/1", asked: "03/03/2026" },
        { ...request, url: "/r/2", kind: "close", asked: "04/03/2026" },
      ],
      cares: [
        {
          ...{ name: "Zoé Moulin", email: "zoe@of.example", accountUrl: "/a", organisation },
          ...{ given: "03/03/2026", givenBy: "Jeanne Durand", counts: true, endUrl: "/end" },
        },
        {
          ...{ name: "Marie-Antoinette de La Rochefoucauld-Montmorency", email: longEmail },
          ...{ accountUrl: "/b", organisation, given: "03/03/2026", givenBy: "operator" },
          counts: false,
        },
      ],
      ...{ done: "given", nextUrl: "/next" },
    }),
    "staff: organisations none": list({ mayGive: false }),
    "staff: organisations refused": list(
      {
        form: {
          ...{ action: "/sent-here", values: { email: longEmail, siren: "1", reason: "" } },
          problems: [
            { field: "email", reason: "account-unknown" },
            { field: "siren", reason: "siren-format" },
          ],
        },
      },
      422,
    ),
    "staff: colleague request": one({
      request: { ...request, colleague: { name: "Z", url: "/c" } },
    }),
    "staff: colleague request refused": one(
      {
        form: {
          ...{ action: "/sent-here", values: { reason: "" } },
          problems: [
            { field: "reason", reason: "reason-missing" },
            { reason: "colleague-care-over" },
          ],
        },
      },
      422,
    ),
    "staff: colleague request decided": one({
      request: { ...request, kind: "close", state: "refused", reason: "Déjà parti" },
      acceptAction: undefined,
    }),
  };
}
