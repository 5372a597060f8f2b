/** What stands around every page of the back office. */
export interface StaffFrame {
  /** Who is signed in. */
  readonly name: string;
  readonly role: "reader" | "agent" | "admin";
  readonly section: "accounts" | "requests" | "import" | "audit" | "clients" | "outbox" | "members";
  /** How many requests wait, as it is shown: `12`, `99+`; absent when none does. */
  readonly waiting?: string | undefined;
  /** Where this role may go. */
  readonly links: readonly { readonly name: StaffFrame["section"]; readonly url: string }[];
  readonly signOutUrl: string;
}
