/** A fault with an HTTP status, as Koa and oidc-provider have theirs. Thrown, and answered by one middleware (`web/error-pages`). */
export class AppError extends Error {
  /** What logs, error pages and the API's problems know it by. */
  readonly code: AppErrorCode;
  /** The HTTP status of the answer. */
  readonly status: number;
  /** Seconds after which trying again makes sense: sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** How much would have been accepted, of a body that was too large. */
  readonly mostBytes?: number;

  constructor(
    code: AppErrorCode,
    options: {
      readonly status: number;
      readonly message?: string;
      readonly cause?: unknown;
      readonly retryAfterSeconds?: number;
      readonly mostBytes?: number;
    },
  ) {
    super(options.message ?? code, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "AppError";
    this.code = code;
    this.status = options.status;
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
    if (options.mostBytes !== undefined) this.mostBytes = options.mostBytes;
  }
}

/** Every word a fault goes by: of what was sent, of who asked, of what was looked for, of our own state. */
export type AppErrorCode =
  | "body-not-a-form"
  | "body-not-json"
  | "body-too-large"
  | "body-unreadable"
  | "field-repeated"
  | "headers-too-large"
  | "cross-site-request"
  | "request-under-way"
  | "too-many-requests"
  | "account-unusable"
  | "colleague-account"
  | "own-account"
  | "sign-in-refused"
  | "other-person"
  | "staff-only"
  | "account-unknown"
  | "client-unknown"
  | "invitation-unknown"
  | "not-found"
  | "request-unknown"
  | "stream-unknown"
  | "busy"
  | "database-unavailable"
  | "maintenance"
  | "mail-guard"
  | "password-hash-unreadable"
  | "password-too-long"
  | "private-address"
  | "worker-failed";
