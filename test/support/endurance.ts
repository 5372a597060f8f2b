/** Whether the long forms run: the steps `attacks` and `signals-latency` of `npm run ci:long` ask for them. */
export const isEndurance = process.env["ENDURANCE"] === "1";

/** How often something is repeated: `quick` times in `npm test` and `npm run test:attacks`, `long` times in CI's long form. */
export function rounds(quick: number, long: number): number {
  return isEndurance ? long : quick;
}
