/** Passwords, codes, answers of devices, whatever their page calls them. */
const secretNames = /passw|code|secret|token|credential|assertion|challenge/i;

/**
 * Whether a field of a form, by its name, holds what is neither kept nor written into a page: a form that is shown again asks
 * for it anew. The one rule for all that keeps or repeats forms.
 */
export function isSecretField(name: string): boolean {
  return secretNames.test(name);
}
