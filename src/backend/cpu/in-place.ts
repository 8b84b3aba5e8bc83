/**
 * Which results of a kernel may lie where one of its operands lies: every point reads the operand,
 * where it does, exactly where it stores the result, and before it does.
 */
import { type Affine, coefficient } from '../../kernel/affine.ts'
import type { Load } from '../../kernel/expr.ts'
import type { Buffer, Kernel, Nest, Store } from '../../kernel/ir.ts'
import { hostBytes } from '../../core/dtype.ts'
import { loadsOf, storesOf } from '../../kernel/stage.ts'

export interface Pair {
  readonly operand: number
  readonly result: number
}

const sameIndex = (a: Affine, b: Affine): boolean =>
  a.offset === b.offset &&
  a.coefficients.length === b.coefficients.length &&
  a.coefficients.every((c, i) => c === b.coefficients[i])

const sameExtents = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i])

/** A load and the number of its stage. */
interface Reading {
  readonly at: number
  readonly load: Load
}

/** The loads of a nest by the buffers that they read. */
const readingsOf = ({ stages }: Nest): ReadonlyMap<number, readonly Reading[]> => {
  const readings = new Map<number, Reading[]>()
  stages.forEach((s, at) => {
    for (const load of loadsOf(s)) {
      const known = readings.get(load.buffer)
      if (known === undefined) readings.set(load.buffer, [{ at, load }])
      else known.push({ at, load })
    }
  })
  return readings
}

/** Whether stage `at` stores through `store` and no reading of the operand comes too late. */
const isSafe = (
  { stages }: Nest,
  readings: readonly Reading[],
  at: number,
  store: Store
): boolean =>
  readings.every(
    ({ at: i, load }) =>
      i <= at &&
      sameExtents(stages[i].extents, stages[at].extents) &&
      // A scan stores as it goes, and reads no element twice.
      load.base === null &&
      sameIndex(load.index, store.index)
  )

/** Whether every axis moves the index: no element is stored twice. */
const isInjective = ({ axes, stages }: Nest, at: number, { index }: Store): boolean =>
  [...axes, ...stages[at].extents].every((n, a) => n === 1 || coefficient(index, a) !== 0)

/** Buffers with equal keys can take each other's place. */
const sizeKey = (b: Buffer): string => `${b.size}/${hostBytes(b.dtype)}`

/** Pairs of a kernel, in no order; a buffer may be in several. */
export const pairsOf = (kernel: Kernel, buffers: readonly Buffer[]): readonly Pair[] => {
  if (kernel._tag !== 'nest') return []
  // Values are computed before any is stored, computed places are not.
  if (kernel.stages.some((s) => storesOf(s).some((o) => o.base !== null))) return []
  const stored = new Map<number, number>() // by buffer, how often
  for (const { buffer } of kernel.stages.flatMap(storesOf))
    stored.set(buffer, (stored.get(buffer) ?? 0) + 1)
  const read = readingsOf(kernel)
  const bySize = new Map<string, (readonly [operand: number, readonly Reading[]])[]>()
  for (const entry of read) {
    const key = sizeKey(buffers[entry[0]])
    const alike = bySize.get(key)
    if (alike === undefined) bySize.set(key, [entry])
    else alike.push(entry)
  }
  return kernel.stages.flatMap((s, at) =>
    storesOf(s).flatMap((store) => {
      const { buffer } = store
      if (stored.get(buffer) !== 1 || read.has(buffer) || !isInjective(kernel, at, store)) return []
      const alike = bySize.get(sizeKey(buffers[buffer])) ?? []
      return alike.flatMap(([operand, readings]) =>
        isSafe(kernel, readings, at, store) ? [{ operand, result: buffer }] : []
      )
    })
  )
}
