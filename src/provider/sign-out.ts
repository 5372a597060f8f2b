import type { Context } from "koa";
import { forgetSenders } from "../accounts/index.ts";
import { forgetKeptPages } from "../web/index.ts";
import type { Revocation } from "./revocation.ts";
import type { Interaction } from "./interaction.ts";
import type { Library, LibrarySession } from "./library.ts";

/** Ending sessions by our own hand, where the library's way would need JavaScript or leave a grant. */
export interface SignOut {
  /** The person's own wish, on a page of ours: what it is was said by its button. @returns whose session it was */
  readonly asWished: (ctx: Context) => Promise<string | undefined>;
  /** « Changer de compte »: signs out, and lets this authorization ask who it is again. */
  readonly forAnotherAccount: (ctx: Context, interaction: Interaction) => Promise<void>;
  /** Signs out who was signed in before, when somebody else signs in on the same browser. */
  readonly previousPerson: (
    ctx: Context,
    interaction: Interaction,
    nextSub: string,
  ) => Promise<void>;
}

/** What it is built of. */
export interface SignOutParts {
  readonly library: Library;
  readonly revocation: Revocation;
}

/** Builds the sign-out on the library's sessions. */
export function createSignOut({ library, revocation }: SignOutParts): SignOut {
  const end = async (session: LibrarySession): Promise<void> => {
    await revocation.ofSession(session.uid, "signed-out");
    // Its clients have been told.
    session.authorizations = {};
    await session.destroy();
  };
  return {
    asWished: async (ctx) => {
      leaveNothing(ctx);
      const session = await library.sessionOf(ctx);
      const { accountId } = session;
      if (accountId !== undefined) await end(session);
      return accountId;
    },
    forAnotherAccount: async (ctx, interaction) => {
      leaveNothing(ctx);
      await end(await library.sessionOf(ctx));
      delete interaction.session;
      delete interaction.lastSubmission;
      interaction.prompt = { name: "login", reasons: ["no_session"], details: {} };
      await interaction.persist();
    },
    previousPerson: async (ctx, interaction, nextSub) => {
      // Not the session this authorization began in: another tab may have signed in since.
      const session = await library.sessionOf(ctx);
      if (session.accountId === undefined || session.accountId === nextSub) return;
      forgetSenders(ctx);
      await end(session);
      delete interaction.session;
      await interaction.persist();
    },
  };
}

/** Of who was signed in nothing is left in the browser: no page that it kept, nor whose forms it sends. */
export function leaveNothing(ctx: Context): void {
  forgetKeptPages(ctx);
  forgetSenders(ctx);
}
