import { writeRequestedLetters } from "./accounts/index.ts";
import { type Application, tablesOf } from "./application.ts";
import { hours, minutes, seconds } from "./foundation/index.ts";
import { purged } from "./house/index.ts";
import { type Jobs, createJobs, retentionSeconds } from "./operations/index.ts";
import { rotateWhenDue } from "./provider/index.ts";

/** Everything the server does without being asked. Each is safe on several nodes at once. */
export function registerJobs(application: Application): Jobs {
  const jobs = createJobs(application);
  const { accesses, outbox } = application;
  for (const job of application.rooms.flatMap((room) => room.jobs)) jobs.register(job);
  jobs.register({
    name: "write-requested-letters",
    everySeconds: seconds(1),
    run: async () => {
      if ((await writeRequestedLetters(application)) > 0) outbox.wake();
    },
  });
  jobs.register({
    name: "follow-clients",
    everySeconds: seconds(1),
    run: () => application.clients.refresh(),
  });
  jobs.register({
    name: "end-accesses",
    everySeconds: seconds(30),
    run: async () => {
      await accesses.endExpired();
    },
  });
  jobs.register({
    name: "announce-ends-of-accesses",
    everySeconds: minutes(10),
    run: async () => {
      await accesses.announceEnds();
    },
  });
  jobs.register({
    name: "open-awaited-invitations",
    everySeconds: seconds(30),
    run: async () => {
      await application.invitations.openAwaited();
    },
  });
  jobs.register({
    name: "fill-establishment-details",
    everySeconds: seconds(5),
    run: async () => {
      await application.details.fill();
    },
  });
  jobs.register({
    name: "revoke-closed-accesses",
    everySeconds: seconds(10),
    run: () => revokeClosedAccesses(application),
  });
  jobs.register({
    name: "end-what-changed-accounts-left",
    everySeconds: seconds(30),
    run: async () => {
      await application.endings.repeat();
    },
  });
  jobs.register({
    name: "end-everybodys-sessions",
    everySeconds: seconds(5),
    run: async () => {
      while ((await application.endings.endEverybodys()) > 0);
    },
  });
  jobs.register({
    name: "rotate-signing-keys",
    everySeconds: hours(1),
    run: () => rotateWhenDue(application),
  });
  jobs.register({
    name: "purge-register",
    everySeconds: hours(1),
    run: async () => {
      await purge(application);
    },
  });
  return jobs;
}

/** What the closing of an access could not revoke at once (the artifacts were out of reach). */
async function revokeClosedAccesses({ accesses, revocation }: Application): Promise<void> {
  for (const { id, sub, siret } of await accesses.closedButNotRevoked(100)) {
    await revocation.ofEstablishment(sub, siret);
    await accesses.markRevoked(id);
  }
}

/** Erases what has expired, in both stores. @returns how many rows of each kind */
export async function purge(application: Application): Promise<Record<string, number>> {
  const { inactivity } = application;
  const now = application.clock.epochSeconds();
  const kept = retentionSeconds;
  return {
    ...(await purged(tablesOf(application.rooms))),
    inactivityWarnings: await inactivity.warn(),
    inactiveAccounts: await inactivity.erase(),
    signUps: await application.signUps.removeExpired(now),
    links: await application.tokens.removeExpired(now - kept.usedLinks),
    addressChanges: await application.addressChanges.removeExpired(now - kept.usedLinks),
    signInFailures: await application.guard.purge(),
    knownBrowsers: await application.knownBrowsers.purge(),
    idempotencyKeys: await application.idempotency.purge(),
    rateLimits: await application.limits.purge(),
    invitations: await application.invitations.purge(now - kept.invitations),
    accessRequests: await application.accessRequests.purge(now - kept.accessRequests),
    clientInvitations: await application.clientRegistration.purge(now - kept.clientInvitations),
  };
}
