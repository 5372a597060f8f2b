import { ConfigurationError } from "../operations/index.ts";
import { missingLegalTexts, readLegalTexts } from "../web/index.ts";
import {
  type DoctorParts,
  type Finding,
  fine,
  notChecked,
  problem,
  warning,
} from "./doctor-finding.ts";

/** `LEGAL_TEXTS`: what the law has the operator say, and the pages leave out while nobody has. */
export function checkLegalTexts({ settings }: DoctorParts): readonly Finding[] {
  const advice = "write it into the file of LEGAL_TEXTS: docs/operations.md, What the law asks for";
  try {
    const missing = missingLegalTexts(readLegalTexts(settings.legalTexts));
    if (missing.length === 0) return [fine("legal-texts", "all of it is said")];
    const found = `nobody has written ${missing.join(", ")}`;
    // A machine that develops is nobody's site.
    return [(settings.production ? warning : notChecked)("legal-texts", found, advice)];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ name, found, expected }) =>
      problem("legal-texts", `${name}: ${found}`, `write ${expected}`),
    );
  }
}
