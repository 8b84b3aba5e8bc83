/**
 * Which results of a kernel may lie where one of its operands lies: every point reads the operand,
 * where it does, exactly where it stores the result, and before it does.
 */
import { equals } from '../../../core/shape.ts'
import { coefficient, sameAffine } from '../../../kernel/affine.ts'
import type { Load } from '../../../kernel/expr.ts'
import { forwardResults } from '../../../kernel/forward-results.ts'
import type { Buffer, Kernel, Nest, Store } from '../../../kernel/ir.ts'
import { hostBytes } from '../../../core/dtype.ts'
import { loadsOf, storesOf } from '../../../kernel/stage.ts'

export interface Pair {
  readonly operand: number
  readonly result: number
}

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
      equals(stages[i].extents, stages[at].extents) &&
      // A scan stores as it goes, and reads no element twice.
      load.base === null &&
      sameAffine(load.index, store.index)
  )

/** Whether every axis moves the index: no element is stored twice. */
const isInjective = ({ axes, stages }: Nest, at: number, { index }: Store): boolean =>
  [...axes, ...stages[at].extents].every((n, a) => n === 1 || coefficient(index, a) !== 0)

/** Whether buffers can take each other's place. */
const fits = (a: Buffer, b: Buffer): boolean =>
  a.size === b.size && hostBytes(a.dtype) === hostBytes(b.dtype)

/** Stages before one that stores a result, whose operands it may take the place of. */
const reach = 8

/**
 * Operands to choose from that are enough for each of so many results of a stage, one of them
 * being kept by the caller. Updates of hundreds of parameters would fit each other's arrays.
 */
const enough = (results: number): number => results + 1

/** Pairs of a kernel, those of one stage first; a buffer may be in several. */
export const pairsOf = (given: Kernel, buffers: readonly Buffer[]): readonly Pair[] => {
  if (given._tag !== 'nest') return []
  // As its code has it: what a stage computes again, it reads the operands of.
  const kernel = { ...given, stages: forwardResults(given) }
  // Without parallel axes a stage ends everywhere before the next begins.
  const inOrder = kernel.axes.length === 0
  const first = new Map<number, number>() // by buffer, the stage that stores it first
  const again = new Set<number>() // buffers stored more than once in a way that forbids a pair
  kernel.stages.forEach((s, at) => {
    for (const { buffer } of storesOf(s)) {
      const before = first.get(buffer)
      if (before === undefined) first.set(buffer, at)
      else if (before === at || !inOrder) again.add(buffer)
    }
  })
  const read = readingsOf(kernel)
  // The operands that a stage is the last to read.
  const done = kernel.stages.map((): (readonly [operand: number, readonly Reading[]])[] => [])
  for (const entry of read) done[entry[1][entry[1].length - 1].at].push(entry)
  const pairs: Pair[] = []
  kernel.stages.forEach((s, at) => {
    // Values are computed before any is stored, computed places are not.
    if (storesOf(s).some((o) => o.base !== null)) return
    for (const store of storesOf(s)) {
      const { buffer } = store
      if (first.get(buffer) !== at || again.has(buffer)) continue
      if (read.has(buffer) || !isInjective(kernel, at, store)) continue
      const before = pairs.length
      const wanted = enough(storesOf(s).length)
      for (let i = at; i >= 0 && i > at - reach && pairs.length - before < wanted; i--)
        for (const [operand, readings] of done[i])
          if (fits(buffers[operand], buffers[buffer]) && isSafe(kernel, readings, at, store))
            pairs.push({ operand, result: buffer })
    }
  })
  return pairs
}
