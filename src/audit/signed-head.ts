import { z } from "zod";
import { type Outcome, accepted, refused, parsedJson } from "../foundation/index.ts";
import type { ChainKeys } from "./chain-keys.ts";

const form = "lopauth-audit-head-1";

const headSchema = z.strictObject({
  form: z.literal(form),
  issuer: z.string(),
  seq: z.number().int().nonnegative(),
  hash: z.string(),
  at: z.string(),
  mac: z.string(),
});

/** Where the chain ended at an instant, signed: kept elsewhere, it shows later that nothing was cut off. */
export type SignedHead = Readonly<z.infer<typeof headSchema>>;

/** Why a file is no head of ours. */
export type HeadReason = "head-unreadable" | "head-key-unknown" | "head-forged";

/** Signs where the chain ends. */
export function signHead(head: Omit<SignedHead, "form" | "mac">, keys: ChainKeys): SignedHead {
  return { form, ...head, mac: keys.sign(headText(head)) };
}

/**
 * Reads what was kept elsewhere: a head, or one a line, as they are appended day by day.
 * @returns all of them, at least one; refused when one of them is none of ours
 */
export function readHeads(
  text: string,
  keys: ChainKeys,
): Outcome<readonly SignedHead[], HeadReason> {
  const whole: unknown = parsedJson(text);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const read = z.array(headSchema).safeParse(whole === undefined ? lines.map(parsedJson) : [whole]);
  if (!read.success || read.data.length === 0) return refused({ reason: "head-unreadable" });
  const checked = new Set(read.data.map((head) => keys.check(headText(head), head.mac)));
  if (checked.has("unknown-key")) return refused({ reason: "head-key-unknown" });
  return checked.size === 1 && checked.has("right")
    ? accepted(read.data)
    : refused({ reason: "head-forged" });
}

function headText({ issuer, seq, hash, at }: Omit<SignedHead, "form" | "mac">): string {
  return JSON.stringify([form, issuer, seq, hash, at]);
}
