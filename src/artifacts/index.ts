/**
 * Artifacts: what the provider keeps for a short while, behind oidc-provider's adapter: sessions,
 * interactions, grants with their frozen establishment, codes, tokens and replay marks. The hot path
 * of every request, by prepared statements and never through knex. It owns no URL; its tables
 * `artifacts` and `frozen_establishments` stand in a file beside the SQLite register, or in the
 * PostgreSQL database (migration 006); a Redis has keys in their place. Ids are kept as digests only.
 */
export {
  type ArtifactModel,
  type ArtifactStore,
  type BesideArtifact,
  type Ending,
  type NewArtifact,
  type Removal,
  type StoredArtifact,
} from "./artifact-store.ts";
export { type ArtifactActs, openArtifacts } from "./open.ts";
export {
  artifactsPath,
  databaseFiles,
  openArtifactStore,
  openRedisStore,
} from "./open-artifact-store.ts";
export { type RedisCondition, conditionOf, refusalOf } from "./redis-condition.ts";
export { proveArtifacts } from "./store-proof.ts";
