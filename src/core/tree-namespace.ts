/** Trees as users see them: JAX's `tree` functions under their names, and fp-ts's instances. */
export {
  all,
  flatten,
  flattenWithPath,
  leaves,
  map,
  mapWithPath,
  reduce,
  sameStructure,
  structureOf as structure,
  transpose,
  unflatten
} from './tree.ts'
export { isLeaf, registerNode, type Leaf, type Structure } from './structure.ts'
export { slashed as pathString, show as showPath, type Path, type PathEntry } from './path.ts'
export { at, foldMap, traverse, traverseWithPath } from './instances.ts'
export { broadcast, leavesWithPath, reduceAssociative } from './tree-leaves.ts'
