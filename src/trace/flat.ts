/** Between trees, which users have, and lists of arrays, which transformations work on. */
import { isArray, notAnArray, scalar, type NdArray } from '../core/array.ts'
import { TracerError } from '../core/errors.ts'
import { mapList } from '../core/list.ts'
import { flatten, unflatten } from '../core/tree.ts'
import type { Leaf, Structure } from '../core/structure.ts'

/** Numbers become weak float32 scalars whatever their value, booleans bool scalars. */
export const leafArray = (leaf: Leaf): NdArray => {
  if (isArray(leaf)) return leaf
  if (typeof leaf === 'number') return scalar(leaf, 'float32', true)
  if (typeof leaf === 'boolean') return scalar(leaf, 'bool')
  throw notAnArray('lax', leaf)
}

export const arraysOf = (
  tree: unknown,
  operation: string
): readonly [arrays: readonly NdArray[], structure: Structure] => {
  const [leaves, structure] = flatten(tree, operation)
  return [mapList(leaves, leafArray), structure]
}

/** A function of trees as one of lists; `structure` tells the tree of its latest result. */
export interface Flat {
  readonly call: (...arrays: readonly NdArray[]) => readonly NdArray[]
  readonly structure: () => Structure
}

const isPromise = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && 'then' in x && typeof x.then === 'function'

/** `args` is the structure of the argument list. */
export const flatFunction = (
  f: (...args: never[]) => unknown,
  args: Structure,
  operation: string
): Flat => {
  let result: Structure | null = null
  return {
    call: (...arrays) => {
      // The structure is that of an argument list, so unflatten gives a list.
      const out = f(...(unflatten(args, arrays) as never[]))
      if (isPromise(out)) throw asyncFunction(operation, f.name)
      const [outs, structure] = arraysOf(out, operation)
      result = structure
      return outs
    },
    structure: () => result as unknown as Structure // asked for after the call
  }
}

const asyncFunction = (operation: string, name: string): TracerError =>
  new TracerError(operation, {
    problem: 'a traced function returned a Promise',
    got: `the result of ${name === '' ? 'an async function' : name}`,
    expected: 'arrays, or trees of them, at once',
    hint: 'await outside the function and pass the values in as arguments'
  })

/** `jvp(loss)`: how messages name a transformation of a function. */
export const nameOf = (transformation: string, f: (...args: never[]) => unknown): string =>
  f.name === '' ? transformation : `${transformation}(${f.name})`
