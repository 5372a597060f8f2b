import { type Database, Maintenance } from "../storage/index.ts";
import { type DoctorParts, type Finding, fine, warning } from "./doctor-finding.ts";
import { instantText } from "./instants.ts";

/** Whether the register only reads. */
export async function maintenanceFindings(
  database: Database,
  { clock }: DoctorParts,
): Promise<readonly Finding[]> {
  const maintenance = new Maintenance(clock);
  await maintenance.follow(database);
  const fault = maintenance.fault();
  if (!fault) return [fine("maintenance", "the register is written")];
  const found = `the register only reads until ${instantText(fault.until)}: nobody signs in, nothing is sent`;
  return [warning("maintenance", found, '"lopauth maintenance off" ends it before its time')];
}
