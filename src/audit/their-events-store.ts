/**
 * A person's own events: those about their `sub`, and of those that name an address alone those of the account that the next event
 * with that address names (its validation, a refused sign-in, the change by which it gave the address up), else of who has the
 * address now. What is given: `sub`, the reference of the address, and since when it is theirs. One list of places, which both
 * databases find by indexes: beside an « or » PostgreSQL reads the whole audit, and SQLite joins in the order of a CROSS JOIN alone.
 */
export const theirs = `seq IN (
  WITH whose (account_sub, reference, since) AS (SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT))
  SELECT about.seq FROM whose CROSS JOIN audit_events AS about WHERE about.subject_sub = whose.account_sub
  UNION
  SELECT own.seq FROM whose CROSS JOIN audit_events AS own
  WHERE own.subject_sub IS NULL
    AND own.subject_reference IN (
      SELECT reference FROM whose UNION
      SELECT named.subject_reference FROM whose CROSS JOIN audit_events AS named
        WHERE named.subject_sub = whose.account_sub AND named.subject_reference IS NOT NULL)
    AND (own.subject_reference <> whose.reference OR own.occurred_at >= whose.since)
    AND whose.account_sub = coalesce(
      (SELECT next.subject_sub FROM audit_events AS next
        WHERE next.subject_reference = own.subject_reference AND next.subject_sub IS NOT NULL AND next.seq > own.seq
        ORDER BY next.seq LIMIT 1),
      CASE WHEN own.subject_reference = whose.reference THEN whose.account_sub END))`;
