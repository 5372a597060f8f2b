function toStandardError(message: string): void {
  // Whoever asked for the connection is given the error.
  if (message.startsWith("Acquire connection error")) return;
  process.stderr.write(`${message}\n`);
}

/** What knex is told whatever the database. */
export const knexDefaults = {
  /** Bound values (names, addresses) never stand in the message of an error. */
  compileSqlOnError: false,
  /** By itself knex prints to standard output, which belongs to the log and to the answers of the command line. */
  log: { warn: toStandardError, error: toStandardError },
};
