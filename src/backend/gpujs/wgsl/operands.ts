/**
 * The operands of a product as text: four neighbours at a time, in one load where they lie in an
 * aligned vector. The windows of a convolution are read where they lie.
 */
import { coefficient } from '../../../kernel/affine.ts'
import type { Contraction, Convolution, Place, SpatialDimension } from '../../../kernel/ir.ts'
import { indexText } from '../code.ts'
import type { ProductSize } from '../passes/split-product.ts'
import { axisNames, type ShaderBuilder, splitPosition } from './shader.ts'

/** The matrix [p, k] of an operand: p is the row of the left one, the column of the right one. */
export interface Operand {
  readonly place: Place
  /** Statements that name the axes of the place from z, p and k. */
  readonly axes: readonly string[]
  readonly names: readonly string[]
  /** A condition for the element to exist, or null. */
  readonly inside: string | null
  /** Where the neighbours lie that are loaded together. */
  readonly along: 'p' | 'k'
  /** Whether they are one vector of memory. */
  readonly isVector: boolean
}

/** Whether the places along `axis` of the space are aligned vectors of four. */
export const liesInFours = (
  { index, base }: Place,
  axis: number,
  extents: readonly number[]
): boolean =>
  base === null &&
  coefficient(index, axis) === 1 &&
  extents[axis] % 4 === 0 &&
  index.offset % 4 === 0 &&
  extents.every((n, a) => a === axis || n === 1 || coefficient(index, a) % 4 === 0)

/** Neighbours along k or p, by the axes of the place that these are. */
const neighbours = (
  place: Place,
  extents: readonly number[],
  { k, p }: { readonly k: number; readonly p: number | null }
): Pick<Operand, 'along' | 'isVector'> => {
  if (liesInFours(place, k, extents)) return { along: 'k', isVector: true }
  if (p !== null && liesInFours(place, p, extents)) return { along: 'p', isVector: true }
  return { along: Math.abs(coefficient(place.index, k)) === 1 ? 'k' : 'p', isVector: false }
}

const contractionOperand = (c: Contraction, side: 'lhs' | 'rhs'): Operand => {
  const rank = c.batch.length
  const names = axisNames(c.batch)
  const isLeft = side === 'lhs'
  const place = c[side]
  const extents = [...c.batch, isLeft ? c.m : 1, isLeft ? 1 : c.n, c.k]
  return {
    place,
    axes: splitPosition('z', c.batch, names),
    names: [...names, isLeft ? 'p' : '0', isLeft ? '0' : 'p', 'k'],
    inside: null,
    ...neighbours(place, extents, { k: rank + 2, p: isLeft ? rank : rank + 1 })
  }
}

/** Input position of output o and window w of a dimension, before dilation. */
const inputOf = (d: SpatialDimension, o: string, w: string): string =>
  [
    d.stride === 1 ? o : `${o} * ${d.stride}`,
    ...(w === '0' ? [] : [d.windowDilation === 1 ? w : `${w} * ${d.windowDilation}`]),
    ...(d.padLow === 0 ? [] : [`(${-d.padLow})`])
  ].join(' + ')

const convolutionOperands = (c: Convolution): Operands => {
  const outputs = [c.batch, ...c.spatial.map((d) => d.output)]
  const outNames = outputs.map((n, a) => (n === 1 ? '0' : `o${a}`))
  // The features change fastest in k: they are neighbours in the usual layout.
  const inner = [...c.spatial.map((d) => d.window), c.inFeatures]
  const innerNames = inner.map((n, a) => (n === 1 ? '0' : `w${a}`))
  const feature = innerNames[inner.length - 1]
  const group = c.groups === 1 ? '0' : 'z'
  const lines: string[] = []
  const conditions: string[] = []
  const positions = c.spatial.map((d, a) => {
    const at = `x${a}`
    lines.push(`let ${at} = ${inputOf(d, outNames[a + 1], innerNames[a])};`)
    const extent = (d.input - 1) * d.inputDilation + 1
    const lowest = -d.padLow
    const highest = (d.output - 1) * d.stride + (d.window - 1) * d.windowDilation - d.padLow
    if (lowest < 0) conditions.push(`${at} >= 0`)
    if (highest >= extent) conditions.push(`${at} < ${extent}`)
    if (d.inputDilation === 1) return at
    conditions.push(`${at} % ${d.inputDilation} == 0`)
    lines.push(`let y${a} = ${at} / ${d.inputDilation};`)
    return `y${a}`
  })
  const inputs = [c.groups, c.batch, c.inFeatures, ...c.spatial.map((d) => d.input)]
  const filters = [c.groups, c.outFeatures, c.inFeatures, ...c.spatial.map((d) => d.window)]
  return {
    lhs: {
      place: c.lhs,
      axes: [
        ...splitPosition('p', outputs, outNames),
        ...splitPosition('k', inner, innerNames),
        ...lines
      ],
      names: [group, outNames[0], feature, ...positions],
      inside: conditions.length === 0 ? null : conditions.join(' && '),
      // Neighbouring outputs read windows that overlap: nothing is aligned along p.
      ...neighbours(c.lhs, inputs, { k: 2, p: null })
    },
    rhs: {
      place: c.rhs,
      axes: splitPosition('k', inner, innerNames),
      names: [group, 'p', feature, ...innerNames.slice(0, -1)],
      inside: null,
      ...neighbours(c.rhs, filters, { k: 2, p: 1 })
    }
  }
}

export interface Operands {
  readonly lhs: Operand
  readonly rhs: Operand
}

export const operandsOf = (p: Contraction | Convolution): Operands =>
  p._tag === 'contraction'
    ? { lhs: contractionOperand(p, 'lhs'), rhs: contractionOperand(p, 'rhs') }
    : convolutionOperands(p)

/** How an operand is read. */
export interface Reading {
  readonly name: string
  readonly type: string
  /** Extent of p, and of k. */
  readonly extent: number
  readonly k: number
}

/**
 * `fn NAME(z, p, k, end) -> vec4`: the element and its three neighbours. The caller has made sure
 * that p and k are inside; where fours do not come out even, every element is looked at.
 */
const foursFunction = (
  builder: ShaderBuilder,
  operand: Operand,
  { name, type, extent, k }: Reading
): string => {
  const { place, along, isVector, axes, inside } = operand
  const vector = `vec4<${type}>`
  const base = place.base === null ? '' : ` + ${name}Base`
  const index = `${indexText(place.index, operand.names)}${base}`
  const edges = [
    ...(extent % 4 === 0 ? [] : [`p >= ${extent}`]),
    ...(k % 4 === 0 ? [] : ['k >= end'])
  ]
  const read = isVector
    ? `${builder.name(place.buffer)}[(${index}) >> 2u]`
    : builder.element(place.buffer, index)
  const of = isVector ? vector : type
  const body = [
    ...(edges.length === 0 ? [] : [`if (${edges.join(' || ')}) { return ${of}(); }`]),
    ...axes,
    ...(inside === null ? [] : [`if (!(${inside})) { return ${of}(); }`]),
    `return ${read};`
  ].map((l) => `  ${l}`)
  const parameters = '(z: i32, p: i32, k: i32, end: i32)'
  if (isVector) return [`fn ${name}${parameters} -> ${vector} {`, ...body, '}'].join('\n')
  const element = (i: number): string =>
    `${name}One(z, p${along === 'p' ? ` + ${i}` : ''}, k${along === 'k' ? ` + ${i}` : ''}, end)`
  return [
    `fn ${name}One${parameters} -> ${type} {`,
    ...body,
    '}',
    `fn ${name}${parameters} -> ${vector} {`,
    `  return ${vector}(${[0, 1, 2, 3].map(element).join(', ')});`,
    '}'
  ].join('\n')
}

/** Statements that return the 4×4 block at p, k: a vector along p for each of four k. */
const blockLines = (operand: Operand, side: number, { name, type, extent }: Reading): string[] => {
  const { along } = operand
  const lanes = ['x', 'y', 'z', 'w']
  const at = (i: number): string =>
    along === 'k' ? `${name}(z, p + ${i}, k, end)` : `${name}(z, p, k + ${i}, end)`
  const block = `array<vec4<${type}>, 4>`
  const outside = extent % side !== 0 && extent % 4 === 0
  return [
    ...(outside ? [`if (p >= ${extent}) { return ${block}(); }`] : []),
    ...['a', 'b', 'c', 'd'].map((v, i) => `let ${v} = ${at(i)};`),
    along === 'p'
      ? `return ${block}(a, b, c, d);`
      : `return ${block}(${lanes
          .map((l) => `vec4<${type}>(a.${l}, b.${l}, c.${l}, d.${l})`)
          .join(', ')});`
  ]
}

/** Declares `fn block(isLeft, z, p, k, end)`; `side` is that of a tile. */
export const declareBlock = (
  builder: ShaderBuilder,
  { lhs, rhs }: Operands,
  size: ProductSize,
  { type, side }: { readonly type: string; readonly side: number }
): void => {
  const left: Reading = { name: 'left', type, extent: size.m, k: size.k }
  const right: Reading = { name: 'right', type, extent: size.n, k: size.k }
  builder.declare(foursFunction(builder, lhs, left))
  builder.declare(foursFunction(builder, rhs, right))
  const indented = (lines: readonly string[], by: string): readonly string[] =>
    lines.map((l) => `${by}${l}`)
  builder.declare(
    [
      `fn block(isLeft: bool, z: i32, p: i32, k: i32, end: i32) -> array<vec4<${type}>, 4> {`,
      `  if (k >= end) { return array<vec4<${type}>, 4>(); }`,
      '  if (isLeft) {',
      ...indented(blockLines(lhs, side, left), '    '),
      '  }',
      ...indented(blockLines(rhs, side, right), '  '),
      '}'
    ].join('\n')
  )
}
