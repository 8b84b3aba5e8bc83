/**
 * Which results of a kernel may lie where one of its operands lies: every point reads the operand,
 * where it does, exactly where it stores the result, and before it does.
 */
import { type Affine, coefficient } from '../../kernel/affine.ts'
import type { Load } from '../../kernel/expr.ts'
import type { Buffer, Kernel, Nest, Stage, Store } from '../../kernel/ir.ts'
import { hostBytes } from '../../core/dtype.ts'
import { expressionsOf, storesOf } from '../../kernel/stage.ts'
import { nodes } from '../../kernel/walk.ts'

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

const loadsIn = (s: Stage): readonly Load[] =>
  nodes(expressionsOf(s)).flatMap((e) => (e._tag === 'load' ? [e] : []))

/** Whether stage `at` stores through `store` and no load of the operand meets it too late. */
const isSafe = (
  { stages }: Nest,
  loads: readonly (readonly Load[])[],
  at: number,
  store: Store,
  operand: number
): boolean =>
  stages.every((s, i) => {
    const own = loads[i].filter((e) => e.buffer === operand)
    if (own.length === 0) return true
    return (
      i <= at &&
      sameExtents(s.extents, stages[at].extents) &&
      // A scan stores as it goes, and reads no element twice.
      own.every((e) => e.base === null && sameIndex(e.index, store.index))
    )
  })

/** Whether every axis moves the index: no element is stored twice. */
const isInjective = ({ axes, stages }: Nest, at: number, { index }: Store): boolean =>
  [...axes, ...stages[at].extents].every((n, a) => n === 1 || coefficient(index, a) !== 0)

const fits = (a: Buffer, b: Buffer): boolean =>
  a.size === b.size && hostBytes(a.dtype) === hostBytes(b.dtype)

/** Pairs of a kernel, in no order; a buffer may be in several. */
export const pairsOf = (kernel: Kernel, buffers: readonly Buffer[]): readonly Pair[] => {
  if (kernel._tag !== 'nest') return []
  // Values are computed before any is stored, computed places are not.
  if (kernel.stages.some((s) => storesOf(s).some((o) => o.base !== null))) return []
  const stored = kernel.stages.flatMap(storesOf)
  const loads = kernel.stages.map(loadsIn)
  const read = new Set(loads.flatMap((own) => own.map((e) => e.buffer)))
  return kernel.stages.flatMap((s, at) =>
    storesOf(s).flatMap((store) => {
      const { buffer } = store
      const once = stored.filter((o) => o.buffer === buffer).length === 1
      if (!once || read.has(buffer) || !isInjective(kernel, at, store)) return []
      return [...read].flatMap((operand) =>
        fits(buffers[operand], buffers[buffer]) && isSafe(kernel, loads, at, store, operand)
          ? [{ operand, result: buffer }]
          : []
      )
    })
  )
}
