/** Which kernels run as gpu.js kernels, whose only type is the float. */
import type { Either } from 'fp-ts/lib/Either.js'
import { bitsOf, isFloat, isInteger, type DType } from '../../core/dtype.ts'
import type { Expr } from '../../kernel/expr.ts'
import type { Buffer, Kernel } from '../../kernel/ir.ts'
import { usesOf } from '../../kernel/uses.ts'
import { dependsOn } from '../../kernel/walk.ts'
import { longestSearch, searchSteps } from './passes/split-scatter.ts'
import { refusal, refusalOfNode } from './supports.ts'

/** Elements of an array, so that every position is an exact float. */
export const maxElements = 2 ** 24

/** Types whose arrays stay on the host: a float cannot hold their values. */
export const isHostOnly = (d: DType): boolean =>
  d === 'float64' || d === 'complex128' || d === 'uint32'

const bitOps = ['and', 'or', 'xor', 'shiftLeft', 'shiftRightLogical', 'shiftRightArithmetic']

const refusalOfFloatNode = (e: Expr): string | null => {
  if (e.dtype === 'uint32') return 'uint32 arithmetic, which floats cannot do'
  if (e._tag === 'bitcast') return 'the bits of numbers'
  if (e._tag === 'binary' && isInteger(e.dtype) && bitOps.includes(e.op)) return 'bits of integers'
  if (e._tag === 'binary' && e.op === 'mul' && isInteger(e.dtype) && bitsOf(e.dtype) === 16)
    return `products of ${e.dtype}`
  if (e._tag === 'binary' && e.op === 'nextafter') return 'the bits of numbers'
  if (
    e._tag === 'unary' &&
    isInteger(e.x.dtype) &&
    ['not', 'clz', 'populationCount'].includes(e.op)
  )
    return 'bits of integers'
  if (e._tag === 'unary' && e.op === 'isFinite' && !isFloat(e.x.dtype)) return null
  return refusalOfNode(e)
}

export const supportsSource = (k: Kernel, buffers: readonly Buffer[]): Either<string, void> => {
  const reason = refusal(k, buffers, refusalOfFloatNode) ?? limits(k, buffers)
  return reason === null ? { _tag: 'Right', right: undefined } : { _tag: 'Left', left: reason }
}

const limits = (k: Kernel, buffers: readonly Buffer[]): string | null => {
  const { reads, writes } = usesOf(k)
  for (const b of [...reads, ...writes]) {
    if (isHostOnly(buffers[b].dtype)) return `${buffers[b].dtype} data`
    if (buffers[b].size > maxElements) return `an array of more than ${maxElements} elements`
  }
  if (k._tag === 'scatter' && searchSteps(k, buffers[k.place.buffer].size) > longestSearch)
    return 'a scatter to places that would have to be searched for too long'
  if (k._tag === 'nest')
    for (const s of k.stages)
      if (s._tag !== 'reduce')
        for (const o of s.stores)
          if (o.base !== null && dependsOn([o.base]).size > 0) return 'stores to computed places'
  return null
}
