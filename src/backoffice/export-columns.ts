import {
  type AccessOfAccount,
  type AskedEstablishment,
  type Invitation,
  type QueuedRequest,
  type Siret,
} from "../establishments/index.ts";
import type { Account } from "../accounts/index.ts";
import { isoInstant, parisClock, parisUntil } from "../foundation/index.ts";
import { type ExportCell, SpreadsheetText } from "../spreadsheets/index.ts";

/** What a cell says: to a spreadsheet, and to a program. */
interface Said {
  readonly cell: ExportCell;
  readonly json: string | number | undefined;
}

/** A column: what a French spreadsheet calls it, what JSON lines call it, and what it says of a row. */
export interface ExportColumn<Row> {
  readonly title: string;
  readonly name: string;
  readonly of: (row: Row) => Said;
}

/** What identifiers stand for: the names beside them. */
export interface ExportNames {
  readonly person: (word: string | undefined) => string | undefined;
  readonly account: (sub: string) => Account | undefined;
  readonly establishment: (siret: Siret) => string | undefined;
}

/** A row with the names of what it mentions. */
export type Named<Row> = Row & { readonly names: ExportNames };
/** An establishment of a request: each is a row. */
export type RequestedEstablishment = QueuedRequest & { readonly asked: AskedEstablishment };

const text = (value: string | undefined): Said => ({ cell: value, json: value });
/** Digits that no spreadsheet may take for a number. */
const digits = (value: string): Said => ({ cell: new SpreadsheetText(value), json: value });
/** One of elsewhere may be of digits alone: a spreadsheet would keep another number, or a day, and people would come back as others. */
const identifier = (value: string): Said =>
  /^[\d.,:/+eE-]+$/.test(value) ? digits(value) : text(value);
const word = (value: string, french: Readonly<Record<string, string>>): Said => {
  return { cell: french[value] ?? value, json: value };
};

const instant = (at: number | undefined): Said => {
  return at === undefined ? text(at) : { cell: parisClock(at), json: isoInstant(at) };
};

/** The last day when it ends with that day, else the instant: both as an import reads them. */
const end = (at: number | undefined): Said => {
  if (at === undefined) return text(at);
  const day = parisUntil(at);
  if (day.length > 10) return text(isoInstant(at));
  return { cell: day.split("-").reverse().join("/"), json: day };
};

function column<Row>(
  title: string,
  name: string,
  of: (row: Named<Row>) => Said,
): ExportColumn<Named<Row>> {
  return { title, name, of };
}

const accountStates = { active: "actif", disabled: "désactivé" };
const accessStates = { open: "ouvert", ended: "terminé" };
const requestStates = {
  ...{ waiting: "en attente", accepted: "acceptée", refused: "refusée", withdrawn: "retirée" },
};

/** Who has an account. */
export const accountColumns: readonly ExportColumn<Named<Account>>[] = [
  column("Identifiant", "sub", ({ sub }) => identifier(sub)),
  column("Email", "email", ({ email }) => text(email)),
  column("Prénom", "given_name", ({ givenName }) => text(givenName)),
  column("Nom de famille", "family_name", ({ familyName }) => text(familyName)),
  column("État", "state", ({ state }) => word(state, accountStates)),
  column("Rôle", "role", ({ role }) => text(role)),
  column("Langue", "locale", ({ locale }) => text(locale)),
  column("Créé le", "created_at", ({ createdAt }) => instant(createdAt)),
  column("Email validé le", "validated_at", (row) => instant(row.emailVerifiedAt)),
  column("Créé depuis", "client_id", ({ clientId }) => text(clientId)),
];

/** What is and was open to whom: an import reads these columns again. */
export const accessColumns: readonly ExportColumn<Named<AccessOfAccount>>[] = [
  column("Email", "email", ({ email }) => text(email)),
  column("Prénom", "given_name", ({ sub, names }) => text(names.account(sub)?.givenName)),
  column("Nom de famille", "family_name", ({ sub, names }) => text(names.account(sub)?.familyName)),
  column("SIRET", "siret", ({ siret }) => digits(siret)),
  column("Établissement", "establishment_name", ({ name }) => text(name)),
  column("État", "state", ({ state }) => word(state, accessStates)),
  column("Fin", "until", ({ untilAt }) => end(untilAt)),
  column("Motif", "reason", ({ reason }) => text(reason)),
  column("Ouvert le", "opened_at", ({ openedAt }) => instant(openedAt)),
  column("Ouvert par", "opened_by", ({ openedBy, names }) => text(names.person(openedBy))),
  column("Fermé le", "closed_at", ({ closedAt }) => instant(closedAt)),
  column("Fermé par", "closed_by", ({ closedBy, names }) => text(names.person(closedBy))),
  column("Motif de fermeture", "close_reason", ({ closeReason }) => text(closeReason)),
];

/** What waits for an address to have an account: an import that invites reads these columns again. */
export const invitationColumns: readonly ExportColumn<Named<Invitation>>[] = [
  column("Email", "email", ({ email }) => text(email)),
  column("SIRET", "siret", ({ siret }) => digits(siret)),
  column("Établissement", "establishment_name", (row) => text(row.names.establishment(row.siret))),
  column("Fin", "until", ({ untilAt }) => end(untilAt)),
  column("Motif", "reason", ({ reason }) => text(reason)),
  column("Invité le", "invited_at", ({ invitedAt }) => instant(invitedAt)),
  column("Invité par", "invited_by", ({ invitedBy, names }) => text(names.person(invitedBy))),
];

/** What was asked, an establishment a row. */
export const requestColumns: readonly ExportColumn<Named<RequestedEstablishment>>[] = [
  column("Demande", "request", ({ id }) => ({ cell: id, json: id })),
  column("Email", "email", ({ email }) => text(email)),
  column("Prénom", "given_name", ({ givenName }) => text(givenName)),
  column("Nom de famille", "family_name", ({ familyName }) => text(familyName)),
  column("SIRET", "siret", ({ asked }) => digits(asked.siret)),
  column("Établissement", "establishment_name", (row) => {
    return text(row.names.establishment(row.asked.siret));
  }),
  column("État", "state", ({ asked }) => word(asked.state, requestStates)),
  column("Demandé le", "asked_at", ({ askedAt }) => instant(askedAt)),
  column("Message", "message", ({ message }) => text(message)),
  column("Décidé le", "decided_at", ({ decidedAt }) => instant(decidedAt)),
  column("Décidé par", "decided_by", ({ decidedBy, names }) => text(names.person(decidedBy))),
  column("Motif", "reason", ({ asked, reason, refusalReason }) => {
    return text(asked.state === "refused" ? (refusalReason ?? reason) : reason);
  }),
];
