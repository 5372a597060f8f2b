/** Why staff act, in their own words, kept beside the act: the same field of every form, page, call and command. */
export const actReason = { field: "reason", word: "reason", longest: 500 } as const;

/** The same where an act is not done without it. */
export const requiredActReason = { ...actReason, isRequired: true } as const;
