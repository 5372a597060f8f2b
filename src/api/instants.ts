import { z } from "zod";
import { isoInstant } from "../foundation/index.ts";

/** An instant as the API says it, where there may be none. */
export function isoInstantOrNull(epochSeconds: number | undefined): string | null {
  return epochSeconds === undefined ? null : isoInstant(epochSeconds);
}

/** An instant that the API says. */
export const saidInstant = z.iso.datetime().meta({ examples: ["2027-01-31T17:00:00Z"] });

/** An instant that a request says: ISO 8601 with its offset; read as epoch seconds. */
export const givenInstant = z.iso
  .datetime({
    offset: true,
    error: "an instant with its offset, such as 2027-01-31T18:00:00+01:00",
  })
  .transform((typed) => Math.floor(Date.parse(typed) / 1000));
