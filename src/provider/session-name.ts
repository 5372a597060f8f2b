import { digest } from "../foundation/index.ts";

/** Names a session; it opens nothing. */
export function idOf({ uid }: { readonly uid: string }): string {
  return digest(uid).slice(0, 22);
}
