/**
 * Measures, and measures anew at most twice when the figure is not what it must be: on a machine that others use a
 * measurement may be disturbed, but what is really wrong is wrong each time.
 * @returns the first good figure, else the last
 */
export async function measuredAgain<Figure>(
  measure: () => Promise<Figure>,
  isGood: (figure: Figure) => boolean,
): Promise<Figure> {
  let figure = await measure();
  for (let again = 0; again < 2 && !isGood(figure); again += 1) figure = await measure();
  return figure;
}
