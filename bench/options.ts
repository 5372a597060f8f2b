import { parseArgs } from "node:util";

/** What the command line asks of a run. */
export interface Options {
  /** `sqlite:` and `postgres:` addresses are settings of the server; undefined: a new SQLite file. */
  readonly databaseUrl: string | undefined;
  /** `ARTIFACTS_URL` of the server; undefined: beside the register. */
  readonly artifactsUrl: string | undefined;
  /** How long one round measures, after its warm-up. */
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  /** Only these workloads; empty: all. */
  readonly only: readonly string[];
  /** Millions of artifacts to fill in for the workload `large`; undefined: leave it out. */
  readonly largeMillions: number | undefined;
  /** Minutes of mixed load for the workload `soak`; undefined: leave it out. */
  readonly soakMinutes: number | undefined;
  /** A release on record, or the folder of a build, that is measured in turn with this one; undefined: none. */
  readonly beside: string | undefined;
  /** Folder for the server's `--cpu-prof`; undefined: no profile. */
  readonly profileFolder: string | undefined;
}

const usage = `npm run bench -- [--seconds N] [--rounds N] [--connections N] [--only WORKLOAD]...
  [--database URL] [--artifacts URL] [--large MILLIONS] [--soak MINUTES] [--profile FOLDER]
  [--beside RELEASE|FOLDER]
`;

/**
 * Reads the command line; `TEST_DATABASE_URL` stands in for `--database`. Ends the process on a wrong one.
 * @param workloads what `--only` may name
 */
export function readOptions(workloads: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: "string", default: "3" },
        rounds: { type: "string", default: "5" },
        connections: { type: "string", default: "10" },
        only: { type: "string", multiple: true, default: [] },
        database: { type: "string" },
        artifacts: { type: "string" },
        large: { type: "string" },
        soak: { type: "string" },
        profile: { type: "string" },
        beside: { type: "string" },
      },
    });
    const unknown = values.only.filter((name) => !workloads.includes(name));
    if (unknown.length > 0) {
      throw new Error(`--only ${unknown.join(", ")} is none of ${workloads.join(", ")}`);
    }
    return {
      databaseUrl: values.database ?? process.env["TEST_DATABASE_URL"],
      artifactsUrl: values.artifacts,
      seconds: positive(values.seconds),
      rounds: positive(values.rounds),
      connections: positive(values.connections),
      only: values.only,
      largeMillions: values.large === undefined ? undefined : positive(values.large),
      soakMinutes: values.soak === undefined ? undefined : positive(values.soak),
      profileFolder: values.profile,
      beside: values.beside,
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${text} is not a positive number`);
  return value;
}
