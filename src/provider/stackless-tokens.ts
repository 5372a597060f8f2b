import { errors } from "oidc-provider";

const { InvalidToken, OIDCProviderError } = errors;
const detail = Symbol("error_detail");
/** What `Error.stackTraceLimit` was before an error that is being built; undefined where none is. */
let kept: number | undefined;

/**
 * Has the library build an `InvalidToken` without its stacks: it builds three at each good userinfo and throws none, and
 * the stacks are a sixth of that request (docs/upstream.md). One that is thrown tells in words what was wrong; no stack of
 * it is told anywhere. V8 takes no stack from the parent's constructor to the last step of the error's own, which reads
 * `error_detail`; both stand in one `new`, and nothing else runs meanwhile.
 *
 * Where a release of the library builds its errors in another way, they keep their stacks: one is built here, to see.
 */
export function buildWithoutStacks(refusal: typeof InvalidToken = InvalidToken): void {
  if (Object.getPrototypeOf(refusal) !== OIDCProviderError) return;
  Object.setPrototypeOf(refusal, StacklessError);
  Object.defineProperty(refusal.prototype, "error_detail", lastRead);
  new refusal("is the limit as before?");
  if (kept === undefined) return;
  takeStacks();
  Object.setPrototypeOf(refusal, OIDCProviderError);
}

class StacklessError extends OIDCProviderError {
  constructor(...told: ConstructorParameters<typeof OIDCProviderError>) {
    kept ??= Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(...told);
  }
}

const lastRead: PropertyDescriptor & ThisType<{ [detail]?: string | undefined }> = {
  configurable: true,
  get() {
    takeStacks();
    return this[detail];
  },
  set(value: string | undefined) {
    this[detail] = value;
  },
};

function takeStacks(): void {
  if (kept === undefined) return;
  Error.stackTraceLimit = kept;
  kept = undefined;
}
