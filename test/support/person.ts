import { BrowserAgent } from "./browser-agent.ts";
import { type TestProvider, goodPassword } from "./test-provider.ts";

/** Somebody with a validated account and a browser. */
export interface Person {
  readonly email: string;
  readonly sub: string;
  readonly browser: BrowserAgent;
  /** Fills the sign-in page that a browser shows, the person's own unless told. */
  readonly signIn: (browser?: BrowserAgent) => Promise<void>;
  /** Answers the choice of establishment. */
  readonly choose: (siret: string, browser?: BrowserAgent) => Promise<void>;
}

/** Three establishments that may be opened, in the order of their SIRET. */
export const sirets = ["13002526500013", "35600000009075", "41816609600051"] as const;

let count = 0;

/** Makes an account of its own for a test, with these establishments open to it. */
export async function newPerson(provider: TestProvider, ...open: string[]): Promise<Person> {
  const email = `personne.${(count += 1)}@partenaire.test`;
  const { sub } = await provider.addAccount(email);
  if (open.length > 0) await provider.openAccess(email, ...open);
  const own = new BrowserAgent();
  return {
    email,
    sub,
    browser: own,
    signIn: async (browser = own) => {
      await browser.fill({ email, password: goodPassword }).submit("Se connecter");
    },
    choose: async (siret, browser = own) => {
      await browser.fill({ siret }).submit("Continuer");
    },
  };
}
