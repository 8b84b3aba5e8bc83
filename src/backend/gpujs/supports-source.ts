/** Which kernels run as gpu.js kernels, whose only number is the float. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { DType } from '../../core/dtype.ts'
import type { Expr } from '../../kernel/expr.ts'
import type { Buffer, Kernel } from '../../kernel/ir.ts'
import { usesOf } from '../../kernel/uses.ts'
import { dependsOn } from '../../kernel/walk.ts'
import { longestSearch, searchSteps } from './passes/split-scatter.ts'
import { refusal, refusalOfNode } from './supports.ts'

/** Elements of an array, so that every position is an exact float. */
export const maxElements = 2 ** 24

/** Types whose arrays stay on the host: neither floats nor words hold their values. */
export const isHostOnly = (d: DType): boolean => d === 'float64' || d === 'complex128'

const refusalOfFloatNode = (e: Expr): string | null =>
  e._tag === 'binary' && e.op === 'nextafter' ? 'the bits of numbers' : refusalOfNode(e)

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
