import { type Clock, type Encryption, hours } from "../foundation/index.ts";

/** Which sign-up, or which address, a page is about: carried in its own address, so that two tabs keep apart. */
export interface PageSeal {
  readonly close: (value: string) => string;
  /** @returns undefined for what we did not seal */
  readonly open: (sealed: unknown) => string | undefined;
}

/** @param page what it is about: a seal of one kind of page opens no other */
export function pageSeal(encryption: Encryption, page: "sign-up" | "sent" | "waiting"): PageSeal {
  const place = `page:${page}`;
  return {
    close: (value) => encryption.encrypt(value, place),
    open: (sealed) => {
      if (typeof sealed !== "string") return undefined;
      try {
        return encryption.decrypt(sealed, place);
      } catch {
        // Typed, cut short, or sealed by a key that is gone: the page then is that of the newest.
        return undefined;
      }
    },
  };
}

/** How long the page of a waiting sign-up may be used: as long as its authorization lives. */
const provenForSeconds = hours(1);

/**
 * Which sign-up waits, for who has just given its password: the seal alone opens it, in whatever browser, for an hour.
 */
export function waitingSeal(encryption: Encryption, clock: Clock): PageSeal {
  const seal = pageSeal(encryption, "waiting");
  return {
    close: (id) => seal.close(`${clock.epochSeconds()}.${id}`),
    open: (sealed) => {
      const [at = "", id] = seal.open(sealed)?.split(".") ?? [];
      return clock.epochSeconds() - Number(at) < provenForSeconds ? id : undefined;
    },
  };
}
