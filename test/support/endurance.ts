/** Whether the long forms of the heavy tests run: `npm run test:attacks` asks for them, and so `npm run ci`. */
export const isEndurance = process.env["ENDURANCE"] === "1";

/** How often something is repeated: `quick` times in `npm test`, `long` times in an endurance run. */
export function rounds(quick: number, long: number): number {
  return isEndurance ? long : quick;
}
