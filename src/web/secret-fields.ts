/**
 * Passwords, codes, answers of devices, whatever their page calls them. A token is secret, and a client's setting about tokens
 * (`token_endpoint_auth_method`, `id_token_claims`) is not.
 */
const secretNames = /passw|code|secret|credential|assertion|challenge|(?:^|_)token$/i;

/**
 * Whether a field of a form, by its name, holds what is neither kept nor written into a page: a form that is shown again asks
 * for it anew. The one rule for all that keeps or repeats forms.
 */
export function isSecretField(name: string): boolean {
  return secretNames.test(name);
}
