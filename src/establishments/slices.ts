/**
 * Cuts a long list for statements of bounded size: SQLite takes at most 500 rows in one INSERT as
 * knex writes it (a compound SELECT), however few variables each binds: `batchInsert` is no way round.
 */
export function inSlices<Item>(items: readonly Item[], size = 200): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
