import { type Command, InvalidArgumentError } from "commander";
import type { Application } from "../application.ts";
import {
  type StoredInvitation,
  invitationLifeSeconds,
  registrationPath,
} from "../clients/index.ts";
import { type Answer, type CommandProblem, failed, listed, quoted, shown } from "./answer.ts";
import { untilArgument } from "./arguments.ts";
import { namedValues } from "./columns.ts";
import { isoInstant } from "../foundation/index.ts";
import type { CommandRun } from "./command-run.ts";
import { instantText, untilText } from "./instants.ts";

const by = "operator";

interface InviteOptions {
  readonly expires?: string;
  readonly uses: number;
}

/** `lopauth client invite`, `invitations` and `revoke-invitation`: dynamic registration (RFC 7591). */
export function addClientInvitationCommands(client: Command, run: CommandRun): void {
  client
    .command("invite")
    .description("make an initial access token, shown once: by it a client registers itself")
    .option(
      "--expires <date>",
      "its last day (2027-01-31, in Paris), or an instant; 7 days unless given",
    )
    .option("--uses <count>", "how many clients may register by it, 1 to 100", readUses, 1)
    .action((options: InviteOptions) =>
      run.withApplication((application) => invite(application, options)),
    );
  client
    .command("invitations")
    .description("the invitations of the last 30 days and what is left of them")
    .action(() => run.withApplication(listInvitations));
  client
    .command("revoke-invitation")
    .description("take an invitation back; clients that used it stay")
    .argument("<id>", "as client invitations names it")
    .action((id: string) => run.withApplication((application) => revoke(application, id)));
}

function readUses(typed: string): number {
  const uses = Number(typed);
  if (/^\d{1,3}$/.test(typed) && uses >= 1 && uses <= 100) return uses;
  throw new InvalidArgumentError("It must be a whole number from 1 to 100.");
}

async function invite(
  { clientRegistration, clock, settings }: Application,
  { expires, uses }: InviteOptions,
): Promise<Answer> {
  const now = clock.epochSeconds();
  const problems: CommandProblem[] = [];
  const until = untilArgument({ argument: "--expires" }, expires, now, problems);
  if (problems.length > 0) return failed("nobody was invited", problems);
  const made = await clientRegistration.invite(by, until ?? now + invitationLifeSeconds, uses);
  const endpoint = `${settings.issuer}${registrationPath}`;
  const document = {
    id: made.id,
    initial_access_token: made.token,
    registration_endpoint: endpoint,
    expires_at: isoInstant(made.expiresAt),
    uses: made.uses,
  };
  const values = namedValues({
    initial_access_token: made.token,
    registration_endpoint: endpoint,
    valid: `until ${untilText(made.expiresAt)}, for ${made.uses} client${made.uses === 1 ? "" : "s"}`,
  });
  return shown(document, `${values}Keep the token now: it is never shown again.`);
}

async function listInvitations({ clientRegistration, clock }: Application): Promise<Answer> {
  const now = clock.epochSeconds();
  return listed({
    pages: [await clientRegistration.invitations()],
    header: ["INVITATION", "MADE", "UNTIL", "LEFT", "STATE"],
    cells: (invitation: StoredInvitation) => [
      invitation.id,
      instantText(invitation.createdAt),
      untilText(invitation.expiresAt),
      String(invitation.usesLeft),
      stateOf(invitation, now),
    ],
    view: (invitation) => ({
      id: invitation.id,
      created_at: isoInstant(invitation.createdAt),
      created_by: invitation.createdBy,
      expires_at: isoInstant(invitation.expiresAt),
      uses_left: invitation.usesLeft,
      state: stateOf(invitation, now),
    }),
    none: "There is no invitation.",
  });
}

function stateOf({ usesLeft, expiresAt }: StoredInvitation, now: number): string {
  if (usesLeft === 0) return "used";
  return now < expiresAt ? "open" : "expired";
}

async function revoke({ clientRegistration }: Application, id: string): Promise<Answer> {
  if (await clientRegistration.revoke(id, by)) {
    return shown({ id, revoked: true }, `${id} is revoked.`);
  }
  const rule = `must be an invitation that is open; "lopauth client invitations" names them`;
  return failed("nothing was revoked", [{ argument: "ID", found: quoted(id), rule }]);
}
