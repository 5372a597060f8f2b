import type { Context, Middleware } from "koa";
import { LoginRefused, ProviderUnreachable } from "./open-id.ts";
import { renderPage } from "./pages.ts";

/** The portal itself refuses a request; the code is the key of its sentence. */
export class PortalRefusal extends Error {
  override readonly name = "PortalRefusal";
  readonly status: number;
  readonly code: "login_expired" | "unknown_issuer" | "not_found" | "method_not_allowed";

  constructor(status: number, code: PortalRefusal["code"]) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** Answers every failure with a page that says what happened and leads on. */
export function failurePage(settings: {
  readonly baseUrl: string;
  /** Where people see and change their account at the provider. */
  readonly accountUrl: string;
  readonly log: (line: string) => void;
}): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.body !== undefined && ctx.body !== null) return;
      if (ctx.status === 404) throw new PortalRefusal(404, "not_found");
      if (ctx.status === 405) throw new PortalRefusal(405, "method_not_allowed");
    } catch (error) {
      const failure = describe(error);
      if (failure.status >= 500) settings.log(`portal: ${failure.code}: ${causes(error)}`);
      await answer(ctx, failure, settings);
    }
  };
}

interface Failure {
  readonly status: number;
  readonly code: string;
}

function describe(error: unknown): Failure {
  if (error instanceof ProviderUnreachable) return { status: 503, code: "provider_unreachable" };
  if (error instanceof PortalRefusal) return error;
  if (!(error instanceof LoginRefused)) return { status: statusOf(error), code: "server_error" };
  if (error.code === "access_denied") return { status: 403, code: error.code };
  return { status: error.code === "invalid_response" ? 502 : 400, code: error.code };
}

// co-body refuses a body that is too long or malformed by an error with its status.
function statusOf(error: unknown): number {
  const status = error instanceof Error && "status" in error ? Number(error.status) : 500;
  return status >= 400 && status < 600 ? status : 500;
}

async function answer(
  ctx: Context,
  { status, code }: Failure,
  { baseUrl, accountUrl }: { readonly baseUrl: string; readonly accountUrl: string },
): Promise<void> {
  const links = { retryUrl: `${baseUrl}/login`, homeUrl: `${baseUrl}/`, accountUrl };
  ctx.status = status;
  ctx.type = "html";
  if (status === 503) ctx.set("Retry-After", "10");
  if (code === "access_denied") {
    ctx.body = await renderPage("no-access", "Accès non ouvert", links);
    return;
  }
  const [heading, sentence] = words[code] ?? otherWords;
  ctx.body = await renderPage("failure", heading, { heading, sentence, code, ...links });
}

const words: Readonly<Record<string, readonly [string, string]>> = {
  provider_unreachable: [
    "Connexion momentanément indisponible",
    "Le service d’identification ne répond pas. Merci de réessayer dans quelques instants.",
  ],
  login_expired: [
    "Connexion interrompue",
    "Cette connexion a expiré, a déjà servi, ou a été commencée dans un autre navigateur.",
  ],
  unknown_issuer: [
    "Fournisseur d’identité inconnu",
    "Le Web Services Partenaire ne connaît pas le fournisseur d’identité qui vous envoie.",
  ],
  not_found: ["Page introuvable", "Cette page n’existe pas ou n’existe plus."],
  method_not_allowed: ["Demande impossible", "Cette adresse ne répond pas à cette demande."],
  server_error: ["Une erreur est survenue", "Le portail n’a pas pu répondre. Merci de réessayer."],
};

const otherWords = [
  "La connexion n’a pas abouti",
  "Le service d’identification n’a pas confirmé votre identité. Vous pouvez réessayer.",
] as const;

/** The chain of messages, for the log: never a token, openid-client keeps them out of its messages. */
function causes(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} < ${causes(error.cause)}`;
}
