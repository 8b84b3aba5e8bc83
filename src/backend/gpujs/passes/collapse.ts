/** Neighbouring axes that every index walks as one become one: fewer divisions to find a place. */
import { type Affine, affine, coefficient } from '../../../kernel/affine.ts'
import type { Expr } from '../../../kernel/expr.ts'
import type { Store } from '../../../kernel/ir.ts'
import { iota, load } from '../../../kernel/make.ts'
import { nodes, rewriter } from '../../../kernel/walk.ts'
import type { MapPass } from './pass.ts'

const indicesOf = (roots: readonly Expr[]): readonly Affine[] =>
  nodes(roots).flatMap((e): readonly Affine[] =>
    e._tag === 'load' || e._tag === 'iota'
      ? [e.index]
      : e._tag === 'guard'
        ? e.bounds.map((b) => b.index)
        : []
  )

/** The axis numbers kept; the extents of those that follow a dropped one were multiplied in. */
const plan = (
  space: readonly number[],
  indices: readonly Affine[]
): { readonly space: readonly number[]; readonly kept: readonly number[] } => {
  const extents: number[] = []
  const kept: number[] = []
  space.forEach((n, a) => {
    if (n === 1) return
    const before = kept.at(-1)
    const joins =
      before !== undefined && indices.every((i) => coefficient(i, before) === coefficient(i, a) * n)
    if (joins) {
      extents[extents.length - 1] *= n
      kept[kept.length - 1] = a
    } else {
      extents.push(n)
      kept.push(a)
    }
  })
  return { space: extents, kept }
}

export const collapse = (pass: MapPass): MapPass => {
  const roots = pass.stores.flatMap((s) => (s.base === null ? [s.value] : [s.value, s.base]))
  const indices = [...indicesOf(roots), ...pass.stores.map((s) => s.index)]
  const { space, kept } = plan(pass.space, indices)
  if (space.length === pass.space.length) return pass
  const move = (i: Affine): Affine =>
    affine(
      i.offset,
      kept.map((a) => coefficient(i, a))
    )
  const put = rewriter((e) => {
    switch (e._tag) {
      case 'load':
        return load(e.dtype, e.buffer, move(e.index), e.base)
      case 'iota':
        return iota(e.dtype, move(e.index))
      case 'guard':
        return { ...e, bounds: e.bounds.map((b) => ({ ...b, index: move(b.index) })) }
      default:
        return e
    }
  })
  const stores = pass.stores.map((s): Store => ({
    ...s,
    index: move(s.index),
    value: put(s.value),
    base: s.base === null ? null : put(s.base)
  }))
  return { ...pass, space, stores }
}
