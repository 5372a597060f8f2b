/** How an address refuses our mail, as staff see it; `at` as it is shown. */
export interface RefusedMail {
  readonly reason: string;
  readonly at: string;
  readonly isStopped: boolean;
  readonly resumeAction: string | undefined;
}
