import type { Application } from "../application.ts";
import type { Clock, Random } from "../foundation/index.ts";
import type { Settings } from "../operations/index.ts";
import type { Answer, Terminal } from "./answer.ts";

/** What the command line stands on. */
export interface CommandSurroundings {
  /** Called by commands that need settings, not for help. @throws ConfigurationError */
  readonly readSettings: () => Settings;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the clock is held against the database's; true unless told otherwise, by tests that travel in time. */
  readonly comparesClocks?: boolean;
}

/** How a command is run once its words are understood. */
export interface CommandRun {
  /** With nothing read yet: the command says itself what is wrong with the settings. */
  readonly withSurroundings: (
    work: (surroundings: CommandSurroundings) => Promise<Answer>,
  ) => Promise<void>;
  /** With the settings alone: no database need exist. */
  readonly withSettings: (work: (settings: Settings) => Promise<Answer>) => Promise<void>;
  /** With the application on a migrated database. */
  readonly withApplication: (work: (application: Application) => Promise<Answer>) => Promise<void>;
}
