import { type Application } from "./application.ts";
import { startDirectoryFake } from "./directory-fake.ts";
import { parseSiret } from "./establishments/index.ts";
import { parseEmailAddress, systemClock, systemRandom } from "./foundation/index.ts";
import { startMailCatcher } from "./mail-catcher.ts";
import {
  ConfigurationError,
  type Settings,
  createLogger,
  developmentSecrets,
  readSettings,
} from "./operations/index.ts";
import { startPortal } from "./portal/index.ts";
import { startServer } from "./server.ts";

/** Who signs in as staff on a developer's machine, by a password made once in `var/`. */
const staffAddress = "staff@lopcommerce.test";

/** Establishments to open to the account that one has just made. */
const demonstrationEstablishments = [
  { siret: "13002526500013", name: "Centre de formation de démonstration" },
  { siret: "41816609600051", name: "Atelier de démonstration" },
];

/** `npm start`: the provider, the portal and a mail catcher on one machine, and the next step to try. */
async function main(): Promise<void> {
  const secrets = developmentSecrets("var", systemRandom);
  const settings = readSettings(process.env, () => secrets);
  if (settings.production) throw new Error("npm start is for development; use start:production");
  const logger = createLogger({ level: settings.logLevel, format: "readable", clock: systemClock });
  const started: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of started.reverse()) await each();
  };
  const end = () => {
    process.exitCode ??= 0;
    void stop();
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  try {
    const { mailboxPort: webPort, mailboxSmtpPort: smtpPort } = settings;
    started.push((await startMailCatcher({ webPort, smtpPort })).close);
    const directory = await startDirectoryFake();
    started.push(directory.close);
    const { directoryUrl = directory.url } = settings;
    const server = await startServer(
      { ...settings, directoryUrl },
      {
        clock: systemClock,
        random: systemRandom,
        logger,
      },
    );
    started.push(server.stop);
    const staffPassword = secrets["STAFF_PASSWORD"] ?? "";
    await seed(server.application, staffPassword);
    started.push(await openPortal(settings));
    process.stdout.write(welcome(settings, staffPassword));
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openPortal(settings: Settings): Promise<() => Promise<void>> {
  const portal = await startPortal({
    host: settings.host,
    port: settings.portalPort,
    issuer: settings.issuer,
    baseUrl: settings.portalUrl,
    clientId: "portail-partenaire",
    clientSecret: settings.placeholder("PORTAL_CLIENT_SECRET") ?? "",
  });
  return portal.close;
}

/** A staff account and two establishments, once. */
async function seed(application: Application, staffPassword: string): Promise<void> {
  const email = parseEmailAddress(staffAddress);
  if (!email || (await application.accounts.findByEmail(email))) return;
  const now = application.clock.epochSeconds();
  const passwordHash = await application.passwords.hash(staffPassword);
  await application.accounts.insert(
    {
      sub: application.random.identifier(),
      email,
      givenName: "Camille",
      familyName: "Martin",
      locale: "fr",
      passwordHash,
      clientId: undefined,
      role: "admin",
    },
    now,
  );
  const named = demonstrationEstablishments.flatMap(({ siret, name }) => {
    const parsed = parseSiret(siret);
    return parsed.accepted ? [[parsed.value, name] as const] : [];
  });
  await application.accesses.describe(new Map(named));
}

function welcome(settings: Settings, staffPassword: string): string {
  const [first, second] = demonstrationEstablishments.map(({ siret }) => siret);
  return `
  l'Opcommerce, sur cette machine :

    le portail partenaire    ${settings.portalUrl}
    le fournisseur           ${settings.issuer}
    les mails envoyés        http://localhost:${settings.mailboxPort}
    un compte de l'équipe    ${staffAddress}  mot de passe : ${staffPassword}

  À essayer : sur le portail, « Se connecter », puis « Créer un compte » ; validez le mail reçu ; connectez-vous
  (aucun accès n'est encore ouvert) ; puis ouvrez l'accès à deux établissements :

    npm run -s lopauth -- access open VOTRE_EMAIL ${first ?? ""} ${second ?? ""}

  et connectez-vous à nouveau. Ctrl-C arrête tout.

`;
}

try {
  await main();
} catch (error) {
  const message = error instanceof ConfigurationError ? error.message : (error as Error).stack;
  process.stderr.write(`${message ?? String(error)}\n`);
  process.exitCode = 1;
}
