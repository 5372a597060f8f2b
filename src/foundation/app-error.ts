/** A fault with an HTTP status, as Koa and oidc-provider have theirs. Thrown, and answered by one middleware (`web/error-pages`). */
export class AppError extends Error {
  /** A closed word that logs and error pages use, for example `body-too-large`. */
  readonly code: string;
  /** The HTTP status of the answer. */
  readonly status: number;
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
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
