import { redactedText } from "../src/operations/index.ts";

/** Texts that a stranger may bring into a log line (a path, a header, an error that quotes them), each as long as asked. */
export function hostileTexts(length: number): readonly (readonly [string, string])[] {
  const seeds = [
    ...Array.from("a-.=@:/+_$&?%!"),
    ...[
      "eyJ",
      "-eyJ",
      "eyJ.",
      "eyJ.a.",
      "//a:",
      "//:@",
      ":@",
      "a@a.",
      "a@",
      "@a.b",
      "a.b@",
      "Bearer ",
    ],
    ...[
      "Basic -",
      "token",
      "token=",
      "x token",
      "secret_",
      "password",
      "code=",
      "$argon2",
      "$argon2=",
      "a b",
    ],
  ];
  const heads = ["", "//", "//a:", "eyJ", "eyJ.", "a@", "a@a.", "Bearer", "$argon2", "token"];
  return heads.flatMap((head) =>
    seeds.map((seed) => {
      const text = head + seed.repeat(Math.ceil(length / seed.length));
      return [`${head}|${seed}`, text.slice(0, length)] as const;
    }),
  );
}

/** Milliseconds to redact a text: the least of several runs, for others use the machine too. */
export function redactionMilliseconds(text: string, runs = 5): number {
  const times = Array.from({ length: runs }, () => {
    const begin = performance.now();
    redactedText(text);
    return performance.now() - begin;
  });
  return Math.min(...times);
}

if (process.argv[1] === import.meta.filename) {
  const measured = hostileTexts(8000)
    .map(([text, line]) => ({ text, milliseconds: redactionMilliseconds(line) }))
    .sort((left, right) => right.milliseconds - left.milliseconds);
  const [worst] = measured;
  const median = measured[measured.length >> 1]?.milliseconds;
  process.stdout.write(`${JSON.stringify({ texts: measured.length, worst, median })}\n`);
}
