/** This many different SIRETs that pass every check, in their order: the establishments of one company. */
export function manySirets(count: number, siren = "130025265"): string[] {
  return Array.from({ length: count }, (_, place) => {
    const known = `${siren}${String(place + 1).padStart(4, "0")}`;
    return `${known}${String(checkDigit(known))}`;
  });
}

/** The last digit by which a number passes Luhn. */
function checkDigit(known: string): number {
  const total = Array.from(known).reduce((sum, digit, place) => {
    const doubled = Number(digit) * ((known.length - place) % 2 === 1 ? 2 : 1);
    return sum + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return (10 - (total % 10)) % 10;
}
