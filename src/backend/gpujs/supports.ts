/** Which kernels run as WGSL, and why not the others. */
import type { Either } from 'fp-ts/lib/Either.js'
import { bitsOf, isFloat, type DType } from '../../core/dtype.ts'
import type { Expr } from '../../kernel/expr.ts'
import type { Buffer, Kernel, Place, Stage } from '../../kernel/ir.ts'
import { usesOf } from '../../kernel/uses.ts'
import { nodes } from '../../kernel/walk.ts'

const storesOf = (s: Stage): readonly (Expr | null)[] =>
  s._tag === 'reduce'
    ? s.reductions.flatMap((r) => [r.value, r.position])
    : s.stores.flatMap((o) => [o.value, o.base])

const bases = (...places: readonly Place[]): readonly (Expr | null)[] => places.map((p) => p.base)

/** Every expression of a kernel; loops and branches have none of their own. */
export const expressionsOf = (k: Kernel): readonly Expr[] => {
  const all = (): readonly (Expr | null)[] => {
    switch (k._tag) {
      case 'nest':
        return k.stages.flatMap((s) => [...storesOf(s), ...(s._tag === 'scan' ? [s.value] : [])])
      case 'contraction':
      case 'convolution':
        return [k.epilogue, ...bases(k.lhs, k.rhs, k.out)]
      case 'scatter':
        return [k.value, k.valid, ...bases(k.place)]
      default:
        return []
    }
  }
  return nodes(all().filter((e) => e !== null))
}

const isWide = (d: DType): boolean => d === 'float64' || d === 'complex128'

/** Why the node has no code on a GPU with 32-bit integers, or null. */
export const refusalOfNode = (e: Expr): string | null => {
  if (isWide(e.dtype)) return `${e.dtype} arithmetic`
  if (e._tag === 'call') return `the function ${e.name} of the host`
  if (e._tag === 'bitcast' && bitsOf(e.dtype) < 32 && isFloat(e.dtype) !== isFloat(e.x.dtype))
    return `the bits of ${isFloat(e.dtype) ? e.dtype : e.x.dtype}`
  if (e._tag === 'binary' && e.op === 'nextafter' && e.dtype !== 'float32')
    return `nextafter of ${e.dtype}`
  return null
}

/** Reasons that hold for every GPU mode: 64-bit data, and routines of the host. */
export const refusal = (
  k: Kernel,
  buffers: readonly Buffer[],
  ofNode: (e: Expr) => string | null = refusalOfNode
): string | null => {
  if (k._tag === 'library') return `${k.name} is a routine of the host`
  const { reads, writes } = usesOf(k)
  const wide = [...reads, ...writes].find((b) => isWide(buffers[b].dtype))
  if (wide !== undefined) return `${buffers[wide].dtype} data`
  if ((k._tag === 'contraction' || k._tag === 'convolution') && k.dtype === 'bool')
    return 'a product of bools'
  for (const e of expressionsOf(k)) {
    const reason = ofNode(e)
    if (reason !== null) return reason
  }
  return null
}

export const supportsWgsl = (k: Kernel, buffers: readonly Buffer[]): Either<string, void> => {
  const reason = refusal(k, buffers)
  return reason === null ? { _tag: 'Right', right: undefined } : { _tag: 'Left', left: reason }
}
