/**
 * Passes as gpu.js kernels: one per store of a pass, because a kernel has one output and writes all
 * of it. A thread has an element of the buffer and finds the point of the space that stores there;
 * elements that nothing stores to keep what they held.
 */
import { sizeOf } from '../../../core/shape.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import type { Store } from '../../../kernel/ir.ts'
import { binary } from '../../../kernel/make.ts'
import { neutral } from '../../../kernel/monoid.ts'
import { buffersRead } from '../../../kernel/walk.ts'
import { slotsOf } from '../../../core/dtype.ts'
import { indexText, inner, valueOf } from '../code.ts'
import { collapse } from '../passes/collapse.ts'
import type { Pass, ReducePass, ScatterPass } from '../passes/pass.ts'
import { scatterAxes } from '../passes/split-scatter.ts'
import { nowhere, step } from '../reduction-step.ts'
import {
  createSourceKernel,
  floatAxes,
  invert,
  type KernelBuilder,
  quotientText,
  type SourceKernel,
  type Target,
  splitFloat
} from './kernel.ts'
import { floatText } from './float-text.ts'
import { foursKernel } from './fours.ts'
import { zeroText } from './language.ts'

const readsOf = (roots: readonly (Expr | null)[]): readonly number[] => [
  ...buffersRead(roots.filter((e) => e !== null))
]

const leaf = (dtype: ScalarType): Expr => ({ _tag: 'accumulator', dtype })

/** A kernel for one store over a space; `body` gives the lines and the value at the point. */
const storeKernel = (
  store: Store,
  space: readonly number[],
  target: Target,
  exists: boolean,
  reads: readonly number[],
  body: (kernel: KernelBuilder, names: readonly string[]) => readonly [readonly string[], string]
): SourceKernel => {
  const { dtype, size: count } = target.buffers[store.buffer]
  const size = Math.max(1, count * slotsOf(dtype))
  const names = floatAxes(space)
  const isWhole = store.base === null && invert(store, null, space, size, names)?.inside === null
  const updates = !isWhole && exists
  const kernel = createSourceKernel(
    [...new Set([...reads, ...readsOf([store.base]), ...(updates ? [store.buffer] : [])])],
    target
  )
  const before = kernel.code([])
  const base = store.base === null ? null : kernel.language.index(valueOf(before, store.base))
  const inverse = invert(store, base, space, size, names)
  if (inverse === null) throw new RangeError('two points of a space store to one place')
  const [lines, value] = body(kernel, names)
  if (inverse.inside === null)
    return kernel.finish([...inverse.lines, ...lines, `return ${value};`], store.buffer, size)
  return kernel.finish(
    [
      ...before.lines,
      ...inverse.lines,
      `let result = ${updates ? `${kernel.name(store.buffer)}[id]` : zeroText(dtype)};`,
      `if (${inverse.inside}) {`,
      ...lines.map((l) => `  ${l}`),
      `  result = ${value};`,
      '}',
      'return result;'
    ],
    store.buffer,
    size
  )
}

const mapKernel = (
  given: Store,
  space: readonly number[],
  target: Target,
  exists: boolean
): SourceKernel => {
  const small = collapse({ _tag: 'map', space, stores: [given] })
  const [store] = small.stores
  const reads = readsOf([store.value])
  return storeKernel(store, small.space, target, exists, reads, (kernel, names) => {
    const code = kernel.code(names)
    const value = valueOf(code, store.value)
    return [code.lines, value]
  })
}

const reduceKernel = (
  { axes, extents, reductions }: ReducePass,
  store: Store,
  target: Target,
  exists: boolean
): SourceKernel => {
  const reads = readsOf([...reductions.flatMap((r) => [r.value, r.position]), store.value])
  return storeKernel(store, axes, target, exists, reads, (kernel, names) => {
    const { language } = kernel
    const length = sizeOf(extents)
    const inside = floatAxes(extents, 'j')
    const lines: string[] = []
    const loop = kernel.code([...names, ...inside])
    reductions.forEach(({ monoid, value, position }, i) => {
      lines.push(`let a${i} = ${language.constant(value.dtype, neutral(monoid, value.dtype))};`)
      if (position !== null) lines.push(`let a${i}p = ${language.constant('int32', nowhere)};`)
      const [a, b] = [leaf(value.dtype), leaf(value.dtype)]
      const [p, q] = position === null ? [null, null] : [leaf('int32'), leaf('int32')]
      loop.known.set(b, valueOf(loop, value))
      if (position !== null && q !== null) loop.known.set(q, valueOf(loop, position))
      loop.known.set(a, `a${i}`)
      if (p !== null) loop.known.set(p, `a${i}p`)
      const next = step(monoid, { value: a, position: p }, { value: b, position: q })
      const met = valueOf(loop, next.value)
      const at = next.position === null ? null : valueOf(loop, next.position)
      loop.lines.push(`a${i} = ${met};`)
      if (at !== null) loop.lines.push(`a${i}p = ${at};`)
    })
    if (length > 0) {
      const body = [...splitFloat('r', extents, inside), ...loop.lines]
      lines.push(
        `for (let n = 0; n < ${length}; n++) {`,
        '  const r = n * 1.0;',
        ...body.map((l) => `  ${l}`),
        '}'
      )
    }
    const end = kernel.code(names, (e) =>
      e._tag === 'stage' ? `a${e.reduction}${e.part === 'position' ? 'p' : ''}` : undefined
    )
    const value = valueOf(end, store.value)
    return [[...lines, ...end.lines], value]
  })
}

/** A thread per element of the buffer walks the updates that may concern it, in their order. */
const scatterKernel = (
  { kernel: k, size }: ScatterPass,
  target: Target,
  exists: boolean
): SourceKernel => {
  const { axes, place } = k
  const { searched, fixed } = scatterAxes(k)
  const names = floatAxes(axes)
  const reads = readsOf([k.value, k.valid, place.base])
  const kernel = createSourceKernel(
    [...new Set([...reads, ...(exists ? [place.buffer] : [])])],
    target
  )
  const code = kernel.code(names)
  const base = place.base === null ? null : kernel.language.index(valueOf(code, place.base))
  const moved = place.index.coefficients.map((c, a) => (searched.includes(a) ? c : 0))
  const own = indexText({ offset: place.index.offset, coefficients: moved }, names, floatText)
  code.lines.push(`let rest = id - (${own}${base === null ? '' : ` + ${base}`});`)
  const found = ['rest >= 0.0', 'rest < 0.5']
  for (const { axis, stride } of fixed) {
    code.lines.push(
      `const i${axis} = ${quotientText('rest', stride, size)};`,
      `rest = rest - i${axis} * ${floatText(stride)};`
    )
    found.push(`i${axis} >= 0.0`, `i${axis} < ${floatText(axes[axis])}`)
  }
  if (k.valid !== null) found.push(`${valueOf(code, k.valid)} > 0.5`)
  const hit = inner(code)
  const old = leaf(k.value.dtype)
  hit.known.set(old, 'value')
  const met = k.kind === 'set' ? k.value : binary(k.kind, old, k.value)
  hit.lines.push(`value = ${valueOf(hit, met)};`)
  const extents = searched.map((a) => axes[a])
  const positions = searched.map((a) => names[a])
  const body = [
    ...splitFloat('u', extents, positions),
    ...code.lines,
    `if (${found.join(' && ')}) {`,
    ...hit.lines.map((l) => `  ${l}`),
    '}'
  ]
  return kernel.finish(
    [
      `let value = ${exists ? `${kernel.name(place.buffer)}[id]` : zeroText(k.value.dtype)};`,
      `for (let n = 0; n < ${sizeOf(extents)}; n++) {`,
      '  const u = n * 1.0;',
      ...body.map((l) => `  ${l}`),
      '}',
      'return value;'
    ],
    place.buffer,
    size
  )
}

/** The kernels of a pass, in order; `exists` says which buffers hold something before it. */
export const renderSources = (
  pass: Pass,
  target: Target,
  exists: (buffer: number) => boolean
): readonly SourceKernel[] => {
  const written = new Set<number>()
  const held = ({ buffer }: Store): boolean => {
    const before = exists(buffer) || written.has(buffer)
    written.add(buffer)
    return before
  }
  switch (pass._tag) {
    case 'map':
      return pass.stores.map((s) => mapKernel(s, pass.space, target, held(s)))
    case 'reduce':
      return pass.stores.map((s) => reduceKernel(pass, s, target, held(s)))
    case 'scatter':
      return [scatterKernel(pass, target, exists(pass.kernel.place.buffer))]
    case 'fours':
      return [foursKernel(pass, target)]
    case 'product':
      throw new RangeError('a product is a reduction for gpu.js kernels')
  }
}
