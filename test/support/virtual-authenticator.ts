import type { Page } from "playwright-core";

/** A device that makes and uses passkeys without a person's hand (WebAuthn Level 3 §11, by CDP). */
export interface VirtualAuthenticator {
  /** Whether it recognises its person from now on. */
  readonly verifiesPerson: (recognised: boolean) => Promise<void>;
  /** Whether its person touches it from now on, without being asked twice. */
  readonly touched: (isTouched: boolean) => Promise<void>;
  /** Takes it out of the browser. */
  readonly unplug: () => Promise<void>;
  /** How many passkeys it holds. */
  readonly count: () => Promise<number>;
}

/** Plugs one into the browser of a page: a telephone's own, which verifies its person. */
export async function plugInAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    verifiesPerson: async (isUserVerified) => {
      await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    },
    touched: async (enabled) => {
      const automatic = { authenticatorId, enabled };
      await session.send("WebAuthn.setAutomaticPresenceSimulation", automatic);
    },
    unplug: async () => {
      await session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    },
    count: async () => {
      const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId });
      return credentials.length;
    },
  };
}
