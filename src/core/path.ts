/** Where a leaf is in a tree: keys of objects and positions in tuples, from the root. */
import { listOf } from './errors.ts'

export type PathEntry = string | number
export type Path = readonly PathEntry[]

/** `layers[0].weight`; the root is `the root`. */
export const show = (path: Path): string =>
  listOf('tree.showPath', path).length === 0
    ? 'the root'
    : path.map((e, i) => (typeof e === 'number' ? `[${e}]` : i === 0 ? e : `.${e}`)).join('')

/** `layers/0/weight`, the form that selectors and files use. */
export const slashed = (path: Path): string => listOf('tree.pathString', path).join('/')
