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

/** Reads a head that was kept elsewhere. */
export function readHead(text: string, keys: ChainKeys): Outcome<SignedHead, HeadReason> {
  const read = headSchema.safeParse(parsedJson(text));
  if (!read.success) return refused({ reason: "head-unreadable" });
  const checked = keys.check(headText(read.data), read.data.mac);
  if (checked === "unknown-key") return refused({ reason: "head-key-unknown" });
  return checked === "right" ? accepted(read.data) : refused({ reason: "head-forged" });
}

function headText({ issuer, seq, hash, at }: Omit<SignedHead, "form" | "mac">): string {
  return JSON.stringify([form, issuer, seq, hash, at]);
}
