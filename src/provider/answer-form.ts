import type { AdapterPayload, InteractionResults } from "oidc-provider";

/**
 * The form of an answer that waits in its interaction for the authorization to go on. Two builds may
 * stand side by side: one stores the answer, the other goes on with it.
 */
const newestForm = 1;

/** The answer as it is stored: with the name of its form. */
export function namingItsForm(result: InteractionResults): InteractionResults {
  return { ...result, form: newestForm };
}

/**
 * An interaction without an answer that a newer build gave: its question is asked again, by whichever
 * build the browser meets. What names no form is of before 0.2.0 and is read as it was.
 */
export function withReadableAnswer(payload: AdapterPayload): AdapterPayload {
  const form = payload.result?.["form"];
  if (form === undefined || (typeof form === "number" && form <= newestForm)) return payload;
  const asked = { ...payload };
  delete asked.result;
  return asked;
}
