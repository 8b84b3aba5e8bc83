/** What kernels cost: bytes moved between memory and machine, and floating-point operations. */
import { sizeOf } from '../core/shape.ts'
import { hostBytes } from '../core/dtype.ts'
import type { Expr } from './expr.ts'
import type { Kernel, Program, Stage } from './ir.ts'
import { usesOf } from './uses.ts'
import { nodes } from './walk.ts'

export interface Cost {
  /** Bytes of all distinct buffers read and written, once each (per trip in loops). */
  readonly bytes: number
  /** Operations; a function such as exp counts as one. */
  readonly flops: number
}

const none: Cost = { bytes: 0, flops: 0 }

const plus = (a: Cost, b: Cost): Cost => ({ bytes: a.bytes + b.bytes, flops: a.flops + b.flops })

const times = (a: Cost, n: number): Cost => ({ bytes: a.bytes * n, flops: a.flops * n })

/** Arithmetic nodes, shared ones once. */
export const operations = (roots: readonly Expr[]): number =>
  nodes(roots).filter((e) => ['unary', 'binary', 'compare', 'select', 'call'].includes(e._tag))
    .length

const stageFlops = (s: Stage): number => {
  const points = sizeOf(s.extents)
  switch (s._tag) {
    case 'map':
      return points * operations(s.stores.map((o) => o.value))
    case 'reduce':
      return points * (s.reductions.length + operations(s.reductions.map((r) => r.value)))
    case 'scan':
      return points * (1 + operations([s.value, ...s.stores.map((o) => o.value)]))
  }
}

const flopsOf = (k: Kernel): number => {
  switch (k._tag) {
    case 'nest':
      return sizeOf(k.axes) * k.stages.reduce((n, s) => n + stageFlops(s), 0)
    case 'contraction':
      return 2 * sizeOf(k.batch) * k.m * k.n * k.k
    case 'convolution': {
      const outputs = sizeOf(k.spatial.map((d) => d.output))
      const window = sizeOf(k.spatial.map((d) => d.window))
      return 2 * k.groups * k.batch * k.outFeatures * k.inFeatures * outputs * window
    }
    case 'scatter':
      return sizeOf(k.axes) * (1 + operations([k.value]))
    case 'sort':
      return k.outer * k.length * Math.ceil(Math.log2(Math.max(2, k.length)))
    default:
      return 0
  }
}

/** Cost of one kernel; a `while` loop counts as one trip, a branch as its costliest case. */
export const costOf = (k: Kernel, program: Program): Cost => {
  const list = (kernels: readonly Kernel[]): Cost =>
    kernels.map((inner) => costOf(inner, program)).reduce(plus, none)
  if (k._tag === 'loop') return times(plus(list(k.condition), list(k.body)), k.trips ?? 1)
  if (k._tag === 'branch') {
    return k.branches
      .map(list)
      .reduce((a, b) => (b.bytes + b.flops > a.bytes + a.flops ? b : a), none)
  }
  const { reads, writes } = usesOf(k)
  const bytes = [...reads, ...writes].reduce((n, id) => {
    const b = program.buffers[id]
    return n + b.size * hostBytes(b.dtype)
  }, 0)
  return { bytes, flops: flopsOf(k) }
}

export const programCost = (program: Program): Cost =>
  program.kernels.map((k) => costOf(k, program)).reduce(plus, none)
