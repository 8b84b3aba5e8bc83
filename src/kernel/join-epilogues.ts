/**
 * Elementwise work on the result of a product becomes the product's epilogue: bias, activation and
 * residual are applied while the result is in the caches, and the raw sums are never stored.
 *
 * This holds where a map is the only reader of the sums and visits each of them once. Its axes may
 * be fewer or more than those of the product, as long as they walk the sums in a way that the
 * product's axes can follow.
 */
import { sizeOf } from '../core/shape.ts'
import { type Affine, affine, coefficient, compose, sameAffine } from './affine.ts'
import type { Expr } from './expr.ts'
import type { Contraction, Convolution, Kernel, MapStage, Nest, Program, Store } from './ir.ts'
import { isMerged } from './layout.ts'
import { accumulator } from './make.ts'
import { usesOf } from './uses.ts'
import { dependsOn, nodes, reindexer, rewriter } from './walk.ts'

type Product = Contraction | Convolution

/** Extents of the index space of the result. */
export const productSpace = (k: Product): readonly number[] =>
  k._tag === 'contraction'
    ? [...k.batch, k.m, k.n]
    : [k.groups, k.batch, k.outFeatures, ...k.spatial.map((d) => d.output)]

/** A map of one value: its whole space and its store. */
const singleMap = (nest: Nest): { readonly space: readonly number[]; store: Store } | null => {
  const [stage] = nest.stages
  if (nest.stages.length !== 1 || stage._tag !== 'map' || stage.stores.length !== 1) return null
  const { extents, stores }: MapStage = stage
  return { space: [...nest.axes, ...extents], store: stores[0] }
}

/** Consecutive axes that every index walks as if they were one. */
const mergedAxes = (
  space: readonly number[],
  indices: readonly Affine[]
): readonly (readonly number[])[] => {
  const groups: number[][] = []
  space.forEach((extent, axis) => {
    if (extent === 1) return
    const last = groups.at(-1)
    if (last !== undefined && indices.every((i) => isMerged(i, [...last, axis], space)))
      last.push(axis)
    else groups.push([axis])
  })
  return groups
}

/**
 * The axes of a map as affine indices of the product's space, or null: both walk the buffer of
 * the sums, once, by `from` (the map) and `to` (the product).
 */
const alignAxes = (
  space: readonly number[],
  groups: readonly (readonly number[])[],
  from: Affine,
  extents: readonly number[],
  to: Affine
): readonly Affine[] | null => {
  if (from.offset !== to.offset || sizeOf(space) !== sizeOf(extents)) return null
  const axes: Affine[] = space.map(() => affine(0, []))
  const used = new Set<number>()
  for (const group of groups) {
    const last = group[group.length - 1]
    const [stride, extent] = [coefficient(from, last), sizeOf(group.map((a) => space[a]))]
    if (stride <= 0) return null
    const steps = extents.map((n, j) => {
      const by = coefficient(to, j)
      return n > 1 && by >= stride && by < stride * extent && by % stride === 0 ? by / stride : 0
    })
    const reach = steps.reduce((sum, step, j) => sum + step * (extents[j] - 1), 0)
    const points = sizeOf(extents.filter((_, j) => steps[j] !== 0))
    if (reach !== extent - 1 || points !== extent) return null
    steps.forEach((step, j) => step !== 0 && used.add(j))
    axes[last] = affine(0, steps)
  }
  return extents.every((n, j) => n === 1 || used.has(j)) ? axes : null
}

/** What generated code computes in vectors at any point of a product. */
const isElementwise = (value: Expr): boolean =>
  nodes([value]).every(
    (e) =>
      e._tag !== 'guard' &&
      e._tag !== 'stage' &&
      e._tag !== 'accumulator' &&
      e._tag !== 'call' &&
      !(e._tag === 'load' && e.base !== null && dependsOn([e.base]).size > 0)
  )

/** Whether sums may be made where `to` places them: along the axis that is contiguous in `from`. */
const keepsRows = (k: Product, from: Affine, to: Affine): boolean => {
  const kept = productSpace(k).every((n, a) => {
    const [before, after] = [coefficient(from, a), coefficient(to, a)]
    return n === 1 || before === after || (k._tag === 'contraction' && before !== 1 && after > 1)
  })
  return kept
}

/** The product with the map as its epilogue, or null where that is another computation. */
const withEpilogue = (k: Product, nest: Nest): Product | null => {
  const map = k.epilogue === null && k.out.base === null ? singleMap(nest) : null
  if (map === null) return null
  const { space, store } = map
  const { value } = store
  if (store.base !== null || value.dtype !== k.dtype || !isElementwise(value)) return null
  const all = nodes([value])
  const loads = all.flatMap((e) => (e._tag === 'load' ? [e] : []))
  if (loads.some((e) => e.buffer === store.buffer)) return null
  const sums = loads.filter((e) => e.buffer === k.out.buffer)
  const [first] = sums
  const same = sums.every(
    (e) => e.dtype === k.dtype && e.base === null && sameAffine(e.index, first.index)
  )
  if (first === undefined || !same) return null
  const indices = [
    store.index,
    ...all.flatMap((e) => (e._tag === 'load' || e._tag === 'iota' ? [e.index] : []))
  ]
  const axes = alignAxes(
    space,
    mergedAxes(space, indices),
    first.index,
    productSpace(k),
    k.out.index
  )
  if (axes === null) return null
  const index = compose(store.index, axes)
  if (!keepsRows(k, k.out.index, index)) return null
  const own = rewriter((e) =>
    e._tag === 'load' && e.buffer === k.out.buffer ? accumulator(k.dtype) : e
  )
  return {
    ...k,
    out: { buffer: store.buffer, index, base: null },
    epilogue: reindexer(axes)(own(value))
  }
}

/**
 * How often each buffer is read: by a kernel, by every loop and branch around it, by the caller,
 * and once more where a loop or branch itself needs it.
 */
export const readCounts = (program: Program): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>()
  const add = (buffers: readonly number[]): void =>
    buffers.forEach((b) => counts.set(b, (counts.get(b) ?? 0) + 1))
  const walk = (k: Kernel): void => {
    add(usesOf(k).reads)
    if (k._tag === 'loop') {
      const own = [k.counter, k.predicate].filter((b) => b !== null)
      add([...k.carries.flatMap((c) => [c.current, c.next]), ...own])
      ;[...k.condition, ...k.body].forEach(walk)
    }
    if (k._tag === 'branch') {
      add([k.index])
      k.branches.flat().forEach(walk)
    }
  }
  program.kernels.forEach(walk)
  add(program.outputs)
  return counts
}

/** Joins in a list with `depth` loops and branches around it. */
const joinList = (
  kernels: readonly Kernel[],
  depth: number,
  reads: ReadonlyMap<number, number>
): readonly Kernel[] => {
  const result: (Kernel | null)[] = kernels.map((k) => descend(k, depth, reads))
  result.forEach((k, at) => {
    if (k === null || (k._tag !== 'contraction' && k._tag !== 'convolution')) return
    if (k.epilogue !== null || reads.get(k.out.buffer) !== 1 + depth) return
    const operands = usesOf(k).reads
    for (let i = at + 1; i < result.length; i++) {
      const other = result[i]
      if (other === null) continue
      const { reads: read, writes } = usesOf(other)
      if (read.includes(k.out.buffer)) {
        const joined = other._tag === 'nest' ? withEpilogue(k, other) : null
        if (joined === null) return
        result[at] = null
        result[i] = joined
        return
      }
      // The product moves to where its result is used: its operands must still be there.
      if (writes.some((b) => operands.includes(b) || b === k.out.buffer)) return
    }
  })
  return result.filter((k) => k !== null)
}

const descend = (k: Kernel, depth: number, reads: ReadonlyMap<number, number>): Kernel => {
  switch (k._tag) {
    case 'loop':
      return {
        ...k,
        condition: joinList(k.condition, depth + 1, reads),
        body: joinList(k.body, depth + 1, reads)
      }
    case 'branch':
      return { ...k, branches: k.branches.map((b) => joinList(b, depth + 1, reads)) }
    default:
      return k
  }
}

/** The program with maps joined to the products that they finish. */
export const joinEpilogues = (program: Program): Program => ({
  ...program,
  kernels: joinList(program.kernels, 0, readCounts(program))
})
