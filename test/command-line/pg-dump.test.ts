import { describe, expect, it } from "@jest/globals";
import { pgDumpCommand } from "../../src/command-line/pg-dump.ts";

describe("the pg_dump to use", () => {
  it("dumps the register without the artifacts, and never shows the password", () => {
    const url = "postgres://auth:s3cret@db.internal:5432/auth?sslmode=require&password=s3cret";
    expect(pgDumpCommand(url, "backup.dump")).toBe(
      "pg_dump --format=custom --no-owner --exclude-table-data=artifacts" +
        " --exclude-table-data=frozen_establishments --file='backup.dump'" +
        " --dbname='postgres://auth@db.internal:5432/auth?sslmode=require'",
    );
  });

  it("quotes what a shell would obey, and writes spaces as libpq reads them", () => {
    const url = "postgres://auth@db/auth?options=-c+search_path%3Da";
    const command = pgDumpCommand(url, "it's $(here)");
    expect(command).toContain(`--file='it'\\''s $(here)'`);
    expect(command).toContain("options=-c%20search_path%3Da");
  });
});
