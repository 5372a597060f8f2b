import { AppError } from "./app-error.ts";

/** No file descriptor is left to this process, or to the machine; or no thread could be made for want of one. */
const shortages: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "ERR_WORKER_INIT_FAILED"]);

/**
 * Whether an error says that the system has nothing left to do it with. The same request is right a moment later.
 * @returns 503 `busy`, whose `cause` is the error; undefined for any other error
 */
export function shortageOf(error: unknown): AppError | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as { readonly code?: unknown };
    if (shortages.has(code)) {
      return new AppError("busy", { status: 503, message: each.message, cause: error });
    }
  }
  return undefined;
}
