const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
};

/**
 * Escapes a value for HTML text and for attributes in double quotes. The apostrophe stays as it is, so that the
 * guide's French sentences stand in the page to the letter; hence no attribute of a template is
 * written in single quotes (a test over `views/` holds that).
 */
export function escapeHtml(value: string | number | null | undefined): string {
  if (value === undefined || value === null) return "";
  return String(value).replace(/[&<>"]/g, (found) => entities[found] ?? found);
}
