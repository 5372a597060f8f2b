/**
 * A fault with an HTTP status: the error contract that Koa and oidc-provider share (`status`,
 * `expose`). Thrown, and answered by one middleware (`web/error-pages`).
 */
export class AppError extends Error {
  /** A closed word that logs and error pages use, for example `body-too-large`. */
  readonly code: string;
  /** The HTTP status of the answer. */
  readonly status: number;
  /** Whether `message` may be shown to the person; true below 500. */
  readonly expose: boolean;
  /** Seconds after which trying again makes sense: sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;

  constructor(
    code: string,
    options: {
      readonly status: number;
      readonly message?: string;
      readonly cause?: unknown;
      readonly retryAfterSeconds?: number;
    },
  ) {
    super(options.message ?? code, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "AppError";
    this.code = code;
    this.status = options.status;
    this.expose = options.status < 500;
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
