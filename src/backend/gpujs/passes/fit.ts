/**
 * Passes that touch more buffers than a launch may: stores are separated, and an expression that
 * alone reads too many is cut, its parts stored first.
 */
import { sizeOf } from '../../../core/shape.ts'
import { rowMajor } from '../../../kernel/affine.ts'
import { type Expr, operands } from '../../../kernel/expr.ts'
import type { Store } from '../../../kernel/ir.ts'
import { productSpace } from '../../../kernel/join-epilogues.ts'
import { load } from '../../../kernel/make.ts'
import { buffersRead, rewriter } from '../../../kernel/walk.ts'
import { type MapPass, type Pass, type ProductPass, rootsOf } from './pass.ts'
import type { Allocate } from './split-nest.ts'

const touched = (stores: readonly Store[]): number =>
  new Set([
    ...stores.map((s) => s.buffer),
    ...buffersRead(stores.flatMap((s) => (s.base === null ? [s.value] : [s.value, s.base])))
  ]).size

/** The largest part of the expression that reads few enough buffers, and more than one. */
const partWithin = (e: Expr, limit: number): Expr | null => {
  let best: Expr | null = null
  let most = 1
  const seen = new Set<Expr>()
  const visit = (x: Expr): void => {
    if (seen.has(x)) return
    seen.add(x)
    const count = buffersRead([x]).size
    if (count <= most) return
    if (count <= limit) {
      best = x
      most = count
      return
    }
    // Loads inside of a guard may not exist outside of it.
    if (x._tag === 'guard') visit(x.otherwise)
    else operands(x).forEach(visit)
  }
  visit(e)
  return best
}

const fitStore = (
  space: readonly number[],
  store: Store,
  limit: number,
  allocate: Allocate
): readonly MapPass[] => {
  const passes: MapPass[] = []
  let { value } = store
  while (touched([{ ...store, value }]) > limit) {
    const part = partWithin(value, limit - 1)
    if (part === null) break
    const buffer = allocate(part.dtype, sizeOf(space))
    const index = rowMajor(space)
    passes.push({ _tag: 'map', space, stores: [{ buffer, index, base: null, value: part }] })
    const stored = load(part.dtype, buffer, index)
    value = rewriter((e) => (e === part ? stored : e))(value)
  }
  passes.push({ _tag: 'map', space, stores: [{ ...store, value }] })
  return passes
}

/** Groups neighbouring stores as long as they fit together. */
const grouped = (stores: readonly Store[], limit: number): readonly (readonly Store[])[] => {
  const groups: Store[][] = []
  for (const s of stores) {
    const last = groups.at(-1)
    if (last !== undefined && touched([...last, s]) <= limit) last.push(s)
    else groups.push([s])
  }
  return groups
}

export const fitPass = (p: Pass, limit: number, allocate: Allocate): readonly Pass[] => {
  if (p._tag === 'map') {
    return grouped(p.stores, limit).flatMap((stores): readonly Pass[] =>
      stores.length === 1 && touched(stores) > limit
        ? fitStore(p.space, stores[0], limit, allocate)
        : [{ ...p, stores }]
    )
  }
  if (p._tag === 'reduce') return fitReduce(p, limit, allocate)
  return p._tag === 'product' ? fitProduct(p, limit, allocate) : [p]
}

/** An epilogue over too much becomes a pass of its own. */
const fitProduct = (p: ProductPass, limit: number, allocate: Allocate): readonly Pass[] => {
  const { kernel } = p
  const { epilogue } = kernel
  const count = new Set([
    ...buffersRead(rootsOf(p)),
    kernel.lhs.buffer,
    kernel.rhs.buffer,
    p.partial ?? kernel.out.buffer
  ]).size
  if (epilogue === null || p.partial !== null || count <= limit) return [p]
  const space = productSpace(kernel)
  const index = rowMajor(space)
  const buffer = allocate(kernel.dtype, sizeOf(space))
  const sum = load(kernel.dtype, buffer, index)
  const value = rewriter((e) => (e._tag === 'accumulator' ? sum : e))(epilogue)
  return [
    { ...p, kernel: { ...kernel, out: { buffer, index, base: null }, epilogue: null } },
    ...fitPass({ _tag: 'map', space, stores: [{ ...kernel.out, value }] }, limit, allocate)
  ]
}

/** Reductions over too much are computed from stored values, one by one. */
const fitReduce = (
  p: Extract<Pass, { readonly _tag: 'reduce' }>,
  limit: number,
  allocate: Allocate
): readonly Pass[] => {
  const count = new Set([...buffersRead(rootsOf(p)), ...p.stores.map((s) => s.buffer)]).size
  if (count <= limit) return [p]
  const space = [...p.axes, ...p.extents]
  const size = sizeOf(space)
  const before: Pass[] = []
  const stored = (value: Expr): Expr => {
    if (buffersRead([value]).size <= 1) return value
    const buffer = allocate(value.dtype, size)
    before.push(
      ...fitStore(space, { buffer, index: rowMajor(space), base: null, value }, limit, allocate)
    )
    return load(value.dtype, buffer, rowMajor(space))
  }
  const reductions = p.reductions.map((r) => ({
    ...r,
    value: stored(r.value),
    position: r.position === null ? null : stored(r.position)
  }))
  // Results go through memory, so that what is made of them is a map that can be cut.
  const places = new Map<string, Expr>()
  const results = reductions.flatMap((r, i): Store[] =>
    (r.position === null ? (['value'] as const) : (['value', 'position'] as const)).map((part) => {
      const dtype = part === 'value' ? r.value.dtype : ('int32' as const)
      const buffer = allocate(dtype, Math.max(1, sizeOf(p.axes)))
      places.set(`${i}.${part}`, load(dtype, buffer, rowMajor(p.axes)))
      return {
        buffer,
        index: rowMajor(p.axes),
        base: null,
        value: { _tag: 'stage', dtype, stage: 0, reduction: i, part }
      }
    })
  )
  const put = rewriter((e) =>
    e._tag === 'stage' ? (places.get(`${e.reduction}.${e.part}`) ?? e) : e
  )
  const single = reductions.map((r, i): Pass => ({
    ...p,
    reductions: [r],
    stores: results
      .filter((s) => s.value._tag === 'stage' && s.value.reduction === i)
      .map((s) => ({ ...s, value: { ...s.value, reduction: 0 } as Expr })) // a stage result, by the filter
  }))
  const after = fitPass(
    {
      _tag: 'map',
      space: p.axes,
      stores: p.stores.map((s) => ({
        ...s,
        value: put(s.value),
        base: s.base === null ? null : put(s.base)
      }))
    },
    limit,
    allocate
  )
  return [...before, ...single, ...after]
}
