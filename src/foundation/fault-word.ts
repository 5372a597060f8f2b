/** The machine word of a call that failed, never the other side's text: the network's code, else the error's own code or name. */
export function faultWord(error: unknown): string | undefined {
  const { code, name, cause } = error as {
    readonly code?: unknown;
    readonly name?: unknown;
    readonly cause?: { readonly code?: unknown };
  };
  return [cause?.code, code, name].find((each) => typeof each === "string");
}
