import type { Context, Middleware } from "koa";
import type { Transaction } from "../storage/index.ts";
import type { ApiScope } from "./api-resource.ts";
import { send } from "./problem-answers.ts";
import { type Answer, problem } from "./problems.ts";
import {
  type Caller,
  type TokenCheckParts,
  type TokenRefusal,
  createTokenCheck,
  mayDo,
} from "./token-check.ts";

/** What callers are judged by. */
export interface AuthorizationParts extends TokenCheckParts {
  readonly clients: TokenCheckParts["clients"] & {
    readonly refreshWithin: (transaction: Transaction) => Promise<void>;
  };
}

/**
 * Who may do what, asked before a body is read, once it is there, and in the transaction of the change. A client
 * that is disabled in between has no effect any more.
 */
export interface Authorization {
  /** Sets `ctx.state.caller`, or answers whoever may not, as RFC 6750 §3 says. @param scope undefined where any token of the API will do */
  readonly gate: (scope: ApiScope | undefined) => Middleware;
  /** Asks again. @throws AuthorityLost */
  readonly again: (ctx: Context, scope: ApiScope | undefined) => Promise<Caller>;
  /** The same last in a transaction, by what every node did until then. @throws AuthorityLost which undoes it */
  readonly againWithin: (
    transaction: Transaction,
    ctx: Context,
    scope: ApiScope | undefined,
  ) => Promise<void>;
}

/** Who asks may not, or not any more: undoes the transaction that it is thrown in. */
export class AuthorityLost extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super("who calls may not, or not any more");
    this.answer = answer;
  }
}

/** Builds it on the check of tokens. */
export function createAuthorization(parts: AuthorizationParts): Authorization {
  const judge = createTokenCheck(parts);
  const again: Authorization["again"] = async (ctx, scope) => {
    const outcome = await judge(ctx.get("Authorization"));
    if (!outcome.accepted) throw new AuthorityLost(refusedToken(outcome.problems[0].reason));
    if (scope && !mayDo(outcome.value, scope)) throw new AuthorityLost(missingScope(scope));
    return outcome.value;
  };
  return {
    again,
    gate: (scope) => async (ctx, next) => {
      try {
        (ctx.state as { caller?: Caller }).caller = await again(ctx, scope);
      } catch (error) {
        if (!(error instanceof AuthorityLost)) throw error;
        send(ctx, error.answer);
        return;
      }
      await next();
    },
    againWithin: async (transaction, ctx, scope) => {
      await parts.clients.refreshWithin(transaction);
      await again(ctx, scope);
    },
  };
}

const tokenDetails = {
  "token-invalid": "It is no access token for this API (its resource is the address of the API).",
  "token-expired": "It has expired: ask for another.",
  "token-bound": "It is bound to a DPoP key: this API takes tokens without.",
  "token-of-person": "It is a person's: this API takes those of the client_credentials grant.",
  "client-not-served": "Its client is not served any more.",
};

function refusedToken(reason: TokenRefusal): Answer {
  if (reason === "token-missing") {
    return problem("token-required", { headers: { "WWW-Authenticate": "Bearer" } });
  }
  const detail = tokenDetails[reason];
  const challenge = `Bearer error="invalid_token", error_description="${detail}"`;
  return problem("token-refused", { detail, headers: { "WWW-Authenticate": challenge } });
}

function missingScope(scope: ApiScope): Answer {
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  const detail = `It needs the scope ${scope}.`;
  return problem("scope-missing", { detail, headers: { "WWW-Authenticate": challenge } });
}
