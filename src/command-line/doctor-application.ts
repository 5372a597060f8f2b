import type { Application } from "../application.ts";
import { ConfigurationError, problemsOf, silentLogger } from "../operations/index.ts";
import { checkClients, clientsProblem } from "./doctor-clients.ts";
import { type DoctorParts, type Finding, problem } from "./doctor-finding.ts";
import { encryptionKeyFindings } from "./doctor-encryption-keys.ts";

/** The files of declarations, which need no register. @returns nothing when they are right */
export async function checkDeclarations({
  settings,
  wrong,
}: DoctorParts): Promise<readonly Finding[]> {
  const { judgedDeclarations } = await import("../examination/index.ts");
  const problems = await problemsOf(judgedDeclarations(settings), wrong);
  return problems.map(clientsProblem);
}

/** What only the whole application can say, built as a start of the server would build it. Needs a migrated register. */
export async function checkApplication(
  parts: DoctorParts,
  clientId: string | undefined,
): Promise<readonly Finding[]> {
  // With the application comes oidc-provider: see opened-application.
  const { createApplication } = await import("../application.ts");
  let application: Application | undefined;
  try {
    application = await createApplication(parts.settings, { ...parts, logger: silentLogger });
    await application.clients.open();
    return [
      ...(await encryptionKeyFindings(application.sealed(), application.encryption.keyIds)),
      ...(await checkClients(application, parts, clientId)),
    ];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map((each) =>
      each.name === "ENCRYPTION_KEYS"
        ? problem(
            "encryption",
            each.found,
            `add ${each.expected}; a server with these settings does not start`,
          )
        : clientsProblem(each),
    );
  } finally {
    await application?.close();
  }
}
