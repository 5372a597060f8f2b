import type { Encryption } from "../foundation/index.ts";

/** Which sign-up, or which address, a page is about: carried in its own address, so that two tabs keep apart. */
export interface PageSeal {
  readonly close: (value: string) => string;
  /** @returns undefined for what we did not seal */
  readonly open: (sealed: unknown) => string | undefined;
}

/** @param page what it is about: a seal of one kind of page opens no other */
export function pageSeal(encryption: Encryption, page: "sign-up" | "sent"): PageSeal {
  const place = `page:${page}`;
  return {
    close: (value) => encryption.encrypt(value, place),
    open: (sealed) => {
      if (typeof sealed !== "string" || sealed === "") return undefined;
      try {
        return encryption.decrypt(sealed, place);
      } catch {
        // Typed, cut short, or sealed by a key that is gone: the page then is that of the newest.
        return undefined;
      }
    },
  };
}
