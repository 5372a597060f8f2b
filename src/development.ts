import { type Application } from "./application.ts";
import { parseSiret } from "./establishments/index.ts";
import { examined } from "./examination/index.ts";
import { parseEmailAddress, systemClock, systemRandom } from "./foundation/index.ts";
import { startDirectoryFake, startMailCatcher } from "./stand-ins/index.ts";
import {
  ConfigurationError,
  type Listener,
  type Settings,
  createLogger,
  developmentSecrets,
  outliveReader,
  portFault,
  readSettings,
  runTogether,
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
  const surroundings = { clock: systemClock, random: systemRandom };
  if (process.env["NODE_ENV"] === "production") {
    throw new Error("npm start is for development; use start:production");
  }
  const read = () => readSettings(process.env, () => secrets);
  const settings = await examined(read, { ...surroundings, others: standIns });
  const logger = createLogger({ level: settings.logLevel, format: "readable", clock: systemClock });
  const staffPassword = secrets["STAFF_PASSWORD"] ?? "";
  const { mailboxPort: webPort, mailboxSmtpPort: smtpPort } = settings;
  let { directoryUrl } = settings;
  let enrolmentCode: string | undefined;
  await runTogether(
    [
      async () => (await namingPorts(settings, startMailCatcher({ webPort, smtpPort }))).close,
      async () => {
        const directory = await startDirectoryFake();
        directoryUrl ??= directory.url;
        return directory.close;
      },
      async () => {
        // The portal stands on this machine, which back-channel calls reach by name alone.
        const privateHosts = [...settings.privateHosts, new URL(settings.portalUrl).hostname];
        const served = { ...settings, directoryUrl, privateHosts };
        const server = await startServer(served, { ...surroundings, logger });
        await seed(server.application, staffPassword);
        enrolmentCode = await staffCode(server.application);
        return () => server.stop(settings.stopDelaySeconds);
      },
      () => namingPorts(settings, openPortal(settings)),
    ],
    () => process.stdout.write(welcome(settings, staffPassword, enrolmentCode)),
  );
}

/** The portal listens at `HOST`, what stands in for the mail on loopback. */
function standIns(settings: Settings): readonly Listener[] {
  const { host, portalPort, mailboxPort, mailboxSmtpPort } = settings;
  const loopback = "127.0.0.1";
  return [
    { name: "PORTAL_PORT", hostName: "HOST", host, port: portalPort },
    { name: "MAILBOX_PORT", host: loopback, port: mailboxPort },
    { name: "MAILBOX_SMTP_PORT", host: loopback, port: mailboxSmtpPort },
  ];
}

/** The stand-ins know nothing of settings: that a port is taken is said by its setting's name here. */
async function namingPorts<Started>(settings: Settings, start: Promise<Started>): Promise<Started> {
  const { portalPort, mailboxPort, mailboxSmtpPort } = settings;
  const ports = {
    PORTAL_PORT: portalPort,
    MAILBOX_PORT: mailboxPort,
    MAILBOX_SMTP_PORT: mailboxSmtpPort,
  };
  return start.catch((fault: unknown) => {
    throw portFault(fault as Error, ports);
  });
}

async function openPortal(settings: Settings): Promise<() => Promise<void>> {
  const portal = await startPortal({
    host: settings.host,
    port: settings.portalPort,
    issuer: settings.issuer,
    baseUrl: settings.portalUrl,
    clientId: "portail-partenaire",
    clientSecret: settings.portalClientSecret ?? "",
    hearsSignals: settings.signals,
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

/** The code for the staff account's first second factor, a new one with each start until it is used. */
async function staffCode({ accounts, secondFactors }: Application): Promise<string | undefined> {
  const email = parseEmailAddress(staffAddress);
  const found = email && (await accounts.findByEmail(email));
  const outcome = found && (await secondFactors.staff.issue(found.account, "operator"));
  return outcome?.accepted ? outcome.value : undefined;
}

function welcome(
  settings: Settings,
  staffPassword: string,
  enrolmentCode: string | undefined,
): string {
  const [first, second] = demonstrationEstablishments.map(({ siret }) => siret);
  return `
  l'Opcommerce, sur cette machine :

    le portail partenaire    ${settings.portalUrl}
    le fournisseur           ${settings.issuer}
    l'espace de l'équipe     ${settings.issuer}/admin
    les mails envoyés        http://localhost:${settings.mailboxPort}
    un compte de l'équipe    ${staffAddress}  mot de passe : ${staffPassword}${
      enrolmentCode === undefined ? "" : `\n    son code d'enrôlement    ${enrolmentCode}`
    }

  À essayer : sur le portail, « Se connecter », puis « Créer un compte » ; validez le mail reçu ; connectez-vous
  (aucun accès n'est encore ouvert) ; puis ouvrez l'accès à deux établissements :

    npm run -s lopauth -- access open VOTRE_EMAIL ${first ?? ""} ${second ?? ""}

  et connectez-vous à nouveau. Ctrl-C arrête tout.

`;
}

outliveReader();
try {
  await main();
} catch (error) {
  const message = error instanceof ConfigurationError ? error.message : (error as Error).stack;
  process.stderr.write(`${message ?? String(error)}\n`);
  process.exitCode = 1;
}
