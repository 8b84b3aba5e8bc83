/** Parameters and states of networks are checked against the names of their layers. */
import { StructureError } from '../core/errors.ts'
import type { Path, PathEntry } from '../core/path.ts'

/** Throws a StructureError unless the tree has one entry for each name and no other. */
export const checkTree = (
  kind: string,
  what: string,
  tree: unknown,
  names: readonly PathEntry[],
  path: Path | undefined
): void => {
  const keys = typeof tree === 'object' && tree !== null ? Object.keys(tree) : []
  const missing = names.filter((name) => !keys.includes(String(name)))
  if (missing.length === 0 && keys.length === names.length) return
  throw new StructureError(path === undefined ? kind : `${kind} at ${path.join('.')}`, {
    problem: `the ${what} are not those of this network`,
    got: keys.length === 0 ? `${what} without entries` : `entries ${keys.join(', ')}`,
    expected: `one entry for each layer: ${names.join(', ')}`,
    hint: 'pass what init returned, or what combine made of its parts'
  })
}
