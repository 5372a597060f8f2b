import { pageStates } from "../web/page-states.ts";
import { checkPages } from "./page-checks.ts";

checkPages(
  Object.keys(pageStates)
    .filter((state) => state.startsWith("staff: "))
    .map((state) => `page/${state}`),
);
