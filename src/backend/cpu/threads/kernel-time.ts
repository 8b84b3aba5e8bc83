/**
 * How long a kernel takes on one thread, roughly: enough to know whether waking other threads pays.
 *
 * The constants were measured on one core of 3.7 GHz: an add of float32 in cache takes some 0.1 ns
 * per element with its loads, a fused exp, tanh or sin 0.7, a matrix product 0.02 per operation.
 */
import { sizeOf } from '../../../core/shape.ts'
import type { Expr } from '../../../kernel/expr.ts'
import type { CodeKernel } from '../../../kernel/canonical.ts'
import type { Stage } from '../../../kernel/ir.ts'
import { nodes } from '../../../kernel/walk.ts'
import { nodesOf } from '../../../kernel/stage.ts'

const simple: ReadonlySet<string> = new Set(
  'neg abs sign floor ceil trunc round roundEven not add sub mul max min and or xor'.split(' ')
)

const nanosecondsOf = (e: Expr): number => {
  switch (e._tag) {
    case 'load':
      return e.base === null ? 0.08 : 1
    case 'unary':
    case 'binary':
      return simple.has(e.op) ? 0.05 : 0.6
    case 'compare':
    case 'select':
    case 'cast':
    case 'bitcast':
    case 'iota':
      return 0.05
    case 'guard':
      return 0.2
    case 'call':
      return 10
    case 'const':
    case 'stage':
    case 'accumulator':
      return 0
  }
}

const stageTime = (s: Stage): number => {
  const each = nodesOf(s).reduce((sum, e) => sum + nanosecondsOf(e), 0)
  const stored = s._tag === 'reduce' ? 0.05 * s.reductions.length : 0.08 * s.stores.length
  return sizeOf(s.extents) * (each + stored + (s._tag === 'scan' ? 0.5 : 0))
}

const perOperation = 0.02

/** Nanoseconds that the kernel takes on one thread, within a factor of two or three. */
export const kernelTime = (k: CodeKernel): number => {
  switch (k._tag) {
    case 'nest':
      return sizeOf(k.axes) * k.stages.reduce((n, s) => n + stageTime(s), 0)
    case 'contraction':
      return 2 * perOperation * sizeOf(k.batch) * k.m * k.n * Math.max(1, k.k)
    case 'convolution':
      return (
        2 *
        perOperation *
        (k.groups * k.batch * k.inFeatures * k.outFeatures) *
        sizeOf(k.spatial.map((d) => d.output * d.window))
      )
    case 'scatter':
      return sizeOf(k.axes) * (nodes([k.value]).length + 2)
  }
}
