import { digest } from "../foundation/index.ts";

/** Tells destinations apart, and says none of them to who reads the table. */
export function markOf(destination: string): string {
  return digest(destination).slice(0, 12);
}
