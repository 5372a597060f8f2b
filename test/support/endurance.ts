/** Whether the long forms of the attacks run: the step `attacks` of `npm run ci:long` asks for them. */
export const isEndurance = process.env["ENDURANCE"] === "1";

/** How often something is repeated: `quick` times in `npm run test:attacks`, `long` times in CI's long form. */
export function rounds(quick: number, long: number): number {
  return isEndurance ? long : quick;
}
