/** So many are begun in one turn at most: between them and the rest goes on what the stores have answered. */
const mostATurn = 32;

/**
 * What arrives in one turn of the event loop is begun at its end, one right behind the other: requests then go through the
 * same code in step, ask the stores in one turn and are answered in one. Nothing is held back for others to come: alone, a
 * request waits for the end of its own turn.
 * @param begin is called once for each, in the order of arrival
 */
export function begunTogether<Arrival extends readonly unknown[]>(
  begin: (...arrival: Arrival) => void,
): (...arrival: Arrival) => void {
  let waiting: Arrival[] = [];
  const beginSome = (): void => {
    const arrived = waiting.slice(0, mostATurn);
    waiting = waiting.slice(mostATurn);
    if (waiting.length > 0) setImmediate(beginSome);
    for (const arrival of arrived) begin(...arrival);
  };
  return (...arrival) => {
    waiting.push(arrival);
    if (waiting.length === 1) setImmediate(beginSome);
  };
}
