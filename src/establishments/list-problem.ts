import type { ColumnReason, TableFaultReason } from "../spreadsheets/index.ts";
import type { RefusedPiece } from "./recognised-sirets.ts";

/** One thing that is wrong with a line. */
export interface ListProblem<Reason extends string = ListReason> {
  /** From 1. */
  readonly line: number;
  /** The column at fault. */
  readonly column: string;
  /** What stands there, as typed. */
  readonly found: string;
  readonly reason: Reason;
  /** For the sentence: the columns known, or another line and what it says. `proposed`: the SIRET that may be meant. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** Why a line, or the whole list, cannot be read. */
export type ListReason =
  | TableFaultReason
  | ColumnReason
  | RefusedPiece["reason"]
  | "list-unreadable"
  | "fields-too-many"
  | "email-malformed"
  | "siret-missing"
  | "until-malformed"
  | "until-passed"
  | "line-twice"
  | "name-differs";
