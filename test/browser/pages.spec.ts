import { pageStates } from "../web/page-states.ts";
import { checkLetters, checkPages } from "./page-checks.ts";
import { portalStates } from "./portal-states.ts";

checkPages([
  ...Object.keys(pageStates)
    .filter((state) => !state.startsWith("staff: "))
    .map((state) => `page/${state}`),
  ...Object.keys(portalStates).map((state) => `portal/${state}`),
]);
checkLetters();
