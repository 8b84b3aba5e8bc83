/** Trees as users see them: JAX's `tree` functions under their names, and fp-ts's instances. */
export {
  all,
  flatten,
  flattenWithPath,
  isLeaf,
  leaves,
  map,
  mapWithPath,
  reduce,
  registerNode,
  sameStructure,
  structureOf as structure,
  transpose,
  unflatten,
  type Leaf,
  type Structure
} from './tree.ts'
export { slashed as pathString, show as showPath, type Path, type PathEntry } from './path.ts'
export { at, foldMap, traverse, traverseWithPath } from './instances.ts'
