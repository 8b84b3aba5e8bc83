/** Labels of scikit-learn, any numbers or names, as our classes 0, 1, 2 … */
import { fromHost, makeAval, type NdArray } from '../../src/core/array.ts'
import type { ArrayRecord } from './golden.ts'

export type Label = number | string | boolean

export const isTable = (x: ArrayRecord): boolean => x.shape.length === 2 && x.shape[1] > 1

const compare = (a: Label, b: Label): number => (a < b ? -1 : Number(a > b))

/** Distinct labels in ascending order. */
export const distinct = (...lists: readonly (readonly Label[])[]): readonly Label[] =>
  [...new Set(lists.flat())].toSorted(compare)

/** Places of labels among `names`. */
export const placesOf = (names: readonly Label[], labels: readonly Label[]): readonly number[] =>
  labels.map((label) => names.indexOf(label))

export const encode = (names: readonly Label[], x: ArrayRecord): NdArray => {
  const data = Int32Array.from(placesOf(names, x.data))
  return fromHost(makeAval([data.length], 'int32'), data)
}

/** Rows of 0 and 1. */
export const indicator = (x: ArrayRecord): NdArray =>
  fromHost(makeAval(x.shape, 'int32'), Int32Array.from(x.data, Number))
