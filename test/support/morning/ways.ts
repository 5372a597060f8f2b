import type { Keyboard } from "./keyboard.ts";
import { type Morning, asTable } from "./seed.ts";

/** The work of a morning, each part begun at the first page of the back office with nothing focused. */
export interface Way {
  readonly requests: (keyboard: Keyboard, morning: Morning) => Promise<void>;
  readonly list: (keyboard: Keyboard, morning: Morning) => Promise<void>;
  readonly telephone: (keyboard: Keyboard, morning: Morning) => Promise<void>;
  readonly leaver: (keyboard: Keyboard, morning: Morning) => Promise<void>;
}

/** The parts in the order they are done. */
export const parts = ["requests", "list", "telephone", "leaver"] as const;

/** Finds an account at the first page. */
async function find(keyboard: Keyboard, email: string, name: string): Promise<void> {
  await keyboard.fill("q", email);
  await keyboard.enter();
  await keyboard.follow(name);
}

/** The shortest way through this build. */
export const todaysWay: Way = {
  requests: async (keyboard, { asking }) => {
    await keyboard.follow("Demandes");
    const reason = asking.find(({ refused }) => refused !== undefined)?.refused ?? "";
    for (const { email, refused } of asking) {
      if (refused === undefined) continue;
      await keyboard.goTo(
        keyboard.page.getByRole("row").filter({ hasText: email }).getByRole("checkbox"),
      );
      await keyboard.press("Space");
    }
    await keyboard.follow("Refuser", "last");
    await keyboard.fill("reason", reason);
    await keyboard.enter();
    await keyboard.goTo(keyboard.page.locator("#all"));
    await keyboard.press("Space");
    await keyboard.follow("Accepter");
    await keyboard.followPrimary();
  },
  list: async (keyboard, { list }) => {
    await keyboard.follow("Import");
    await keyboard.fill("accesses", asTable(list));
    await keyboard.followPrimary();
    await keyboard.goTo(keyboard.page.locator("#invite"));
    await keyboard.press("Space");
    await keyboard.followPrimary();
  },
  telephone: async (keyboard, { withoutTelephone }) => {
    await find(keyboard, withoutTelephone, "Jeanne Téléphone");
    await keyboard.follow("Réinitialiser");
    await keyboard.fill("reason", "Appelé au numéro connu");
    await keyboard.enter();
  },
  leaver: async (keyboard, { leaver }) => {
    await find(keyboard, leaver, "Jeanne Partante");
    await keyboard.follow("Fermer plusieurs");
    await keyboard.goTo(keyboard.page.locator("#all"));
    await keyboard.press("Space");
    await keyboard.fill("reason", "Départ");
    await keyboard.enter();
    await keyboard.followPrimary();
  },
};

/**
 * The shortest way through release 0.2.0: one request at a time, a list only of known addresses (what it costs to take the
 * unknown ones out of it in a spreadsheet is not counted), one invitation at a time, and a terminal for a lost telephone.
 */
export const wayOf020: Way = {
  requests: async (keyboard, { asking }) => {
    await keyboard.follow("Demandes");
    for (const { refused } of asking) {
      await keyboard.followPrimary();
      if (refused === undefined) await keyboard.goTo(keyboard.page.locator("#reason"));
      else {
        await keyboard.follow("Refuser");
        await keyboard.fill("reason", refused);
      }
      await keyboard.enter();
    }
  },
  list: async (keyboard, { list }) => {
    await keyboard.follow("Import");
    await keyboard.fill("accesses", asTable(list));
    await keyboard.followPrimary();
    await keyboard.goTo(keyboard.page.locator("#accesses"));
    await keyboard.press("Control+a");
    await keyboard.paste(asTable(list.filter(({ known }) => known)));
    await keyboard.follow("Vérifier");
    await keyboard.followPrimary();
    await keyboard.follow("Demandes");
    await keyboard.follow("Invitations");
    for (const { email, siret } of list.filter(({ known }) => !known)) {
      await keyboard.followPrimary();
      await keyboard.fill("email", email);
      await keyboard.fill("siret_list", siret);
      await keyboard.fill("reason", "Liste du 3 mars");
      await keyboard.enter();
      await keyboard.followPrimary();
    }
  },
  telephone: async (keyboard, { withoutTelephone }) => {
    keyboard.command(`lopauth account reset-second-factor ${withoutTelephone}`);
    await Promise.resolve();
  },
  leaver: async (keyboard, { leaver }) => {
    await find(keyboard, leaver, "Jeanne Partante");
    await keyboard.follow("Fermer plusieurs");
    const boxes = keyboard.page.getByRole("checkbox");
    for (let place = 0; place < (await boxes.count()); place += 1) {
      await keyboard.goTo(boxes.nth(place));
      await keyboard.press("Space");
    }
    await keyboard.fill("reason", "Départ");
    await keyboard.enter();
  },
};
