/** What the process runs on. `config/required-node.cjs` judges it before anything is loaded. */
export function runtimeVersions(): { readonly node: string; readonly sqlite: string | undefined } {
  const { node, sqlite } = process.versions;
  return { node, sqlite };
}
