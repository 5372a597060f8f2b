import type { StaffQuestion } from "../../src/backoffice/confirmation-page-models.ts";
import type { PageModels } from "../../src/web/index.ts";
import type { StaffEffect } from "../../src/backoffice/confirmation-page-models.ts";
import type { StaffFrame } from "../../src/backoffice/staff-frame.ts";

const person =
  "Maximilienne de La Rochefoucauld-Montmorency · marie-antoinette.de-la-rochefoucauld-montmorency@formation-professionnelle.example";
const service =
  "Groupement interprofessionnel pour le développement de la formation et de l'apprentissage";

/** Each question with what it is asked about, and what it counts. */
const questions: Readonly<
  Record<StaffQuestion, readonly [subject: string | undefined, ...counted: string[]]>
> = {
  "account-disable": [person, "sessions", "services", "accesses-asleep", "requests-asleep"],
  "account-delete": [person, "sessions", "services", "accesses-closed", "requests-ended"],
  "sessions-end": [person, "sessions", "services"],
  "client-disable": [service, "people"],
  "client-remove": [service, "people", "secrets"],
  "client-rotate": [service, "secrets-ending"],
  "care-end": [person, "requests-ended"],
  "member-remove": [person, "members-left", "admins-left"],
  "enrolment-code": [person, "codes-void"],
  "outbox-drop": ["Validation de création de compte", "attempts"],
  "everybody-out": [undefined, "people"],
};

/** The page before each act that cannot be undone. */
export function staffQuestionStates(staff: StaffFrame) {
  const states = Object.entries(questions).map(([reason, [subject, ...counted]]) => {
    const effects: StaffEffect[] = counted.map((name, place) => ({ name, count: place * 1412 }));
    const model: PageModels["backoffice/staff-confirmation"] = {
      ...{ staff, reason: reason as StaffQuestion, subject, effects },
      ...{ action: "/sent-here", backUrl: "/back" },
    };
    const state = { status: 200, name: "backoffice/staff-confirmation", model } as const;
    return [`staff: question ${reason}`, state] as const;
  });
  return Object.fromEntries(states);
}
