/** One series of an exposition. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Asks a provider for its metrics. */
export async function scrape(port: number): Promise<Series[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`);
  return readExposition(await answer.text());
}

/** @throws Error for a line that is none of the text format */
export function readExposition(text: string): Series[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!found) throw new Error(`not a line of an exposition: ${line}`);
      const [, name = "", labels = "", value = ""] = found;
      const pairs = [...labels.matchAll(/([a-z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, label = "", text = ""]) => [label, text])),
        value: Number(value),
      };
    });
}

/** The sum of the series of this name that have these labels. */
export function sumOf(
  series: readonly Series[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return series
    .filter((each) => each.name === name)
    .filter((each) => Object.entries(labels).every(([label, text]) => each.labels[label] === text))
    .reduce((sum, { value }) => sum + value, 0);
}
