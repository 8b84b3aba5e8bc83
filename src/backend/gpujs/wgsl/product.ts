/**
 * Matrix products in tiles: a group of threads brings a strip of both operands into shared memory
 * and every thread sums a block of 4×4 (or 8×8) results from it. A convolution is the product of
 * its windows with its filters, the windows read where they lie.
 */
import { coefficient } from '../../../kernel/affine.ts'
import type {
  Buffer,
  Contraction,
  Convolution,
  Place,
  SpatialDimension
} from '../../../kernel/ir.ts'
import { indexText, valueOf } from '../code.ts'
import type { ProductPass } from '../passes/pass.ts'
import { outSpace, sizeOfProduct, tileOf } from '../passes/split-product.ts'
import { typeOf } from './language.ts'
import {
  axisNames,
  createShader,
  type Shader,
  type ShaderBuilder,
  splitPosition,
  storeText
} from './shader.ts'

/** Elements of k that are in shared memory at a time. */
const depth = 16

/** Text of the body of `fn loadX(z, row or column, k)`: bounds were checked by the caller. */
interface Operand {
  readonly place: Place
  /** Statements that name the axes i0, i1 … of the place from z, p and k. */
  readonly axes: readonly string[]
  readonly names: readonly string[]
  /** A condition for the element to exist, or null. */
  readonly inside: string | null
  /** Whether neighbours in k are neighbours in memory. */
  readonly alongK: boolean
}

const contractionOperand = (k: Contraction, side: 'lhs' | 'rhs'): Operand => {
  const rank = k.batch.length
  const names = axisNames(k.batch)
  const place = k[side]
  return {
    place,
    axes: splitPosition('z', k.batch, names),
    names: [...names, side === 'lhs' ? 'p' : '0', side === 'lhs' ? '0' : 'p', 'k'],
    inside: null,
    alongK: Math.abs(coefficient(place.index, rank + 2)) === 1
  }
}

/** Input position of output o and window w of a dimension, before dilation. */
const inputOf = (d: SpatialDimension, o: string, w: string): string =>
  [
    d.stride === 1 ? o : `${o} * ${d.stride}`,
    ...(w === '0' ? [] : [d.windowDilation === 1 ? w : `${w} * ${d.windowDilation}`]),
    ...(d.padLow === 0 ? [] : [`(${-d.padLow})`])
  ].join(' + ')

const convolutionOperands = (k: Convolution): { readonly lhs: Operand; readonly rhs: Operand } => {
  const outputs = [k.batch, ...k.spatial.map((d) => d.output)]
  const outNames = outputs.map((n, a) => (n === 1 ? '0' : `o${a}`))
  // The features change fastest in k: they are neighbours in the usual layout.
  const inner = [...k.spatial.map((d) => d.window), k.inFeatures]
  const innerNames = inner.map((n, a) => (n === 1 ? '0' : `w${a}`))
  const feature = innerNames[inner.length - 1]
  const group = k.groups === 1 ? '0' : 'z'
  const lines: string[] = []
  const conditions: string[] = []
  const positions = k.spatial.map((d, a) => {
    const at = `x${a}`
    lines.push(`let ${at} = ${inputOf(d, outNames[a + 1], innerNames[a])};`)
    const extent = (d.input - 1) * d.inputDilation + 1
    const lowest = -d.padLow
    const highest = (d.output - 1) * d.stride + (d.window - 1) * d.windowDilation - d.padLow
    if (lowest < 0) conditions.push(`${at} >= 0`)
    if (highest >= extent) conditions.push(`${at} < ${extent}`)
    if (d.inputDilation === 1) return at
    conditions.push(`${at} % ${d.inputDilation} == 0`)
    return `(${at} / ${d.inputDilation})`
  })
  const named = positions.map((text, a) => {
    if (!text.startsWith('(')) return text
    lines.push(`let y${a} = ${text};`)
    return `y${a}`
  })
  return {
    lhs: {
      place: k.lhs,
      axes: [
        ...splitPosition('p', outputs, outNames),
        ...splitPosition('k', inner, innerNames),
        ...lines
      ],
      names: [group, outNames[0], feature, ...named],
      inside: conditions.length === 0 ? null : conditions.join(' && '),
      alongK: coefficient(k.lhs.index, 2) === 1
    },
    rhs: {
      place: k.rhs,
      axes: splitPosition('k', inner, innerNames),
      names: [group, 'p', feature, ...innerNames.slice(0, -1)],
      inside: null,
      alongK: coefficient(k.rhs.index, 2) === 1
    }
  }
}

/** `edges`: what lies outside of the operand, where tiles reach beyond it. */
const loadFunction = (
  builder: ShaderBuilder,
  name: string,
  operand: Operand,
  type: string,
  edges: readonly string[]
): string => {
  const { place } = operand
  const base = place.base === null ? '' : ` + ${name}Base`
  const read = `${builder.name(place.buffer)}[${indexText(place.index, operand.names)}${base}]`
  const load =
    operand.inside === null
      ? [`return ${read};`]
      : [`if (${operand.inside}) { return ${read}; }`, `return ${type}(0);`]
  return [
    `fn ${name}(z: i32, p: i32, k: i32, end: i32) -> ${type} {`,
    ...(edges.length === 0 ? [] : [`  if (${edges.join(' || ')}) { return ${type}(0); }`]),
    ...operand.axes.map((l) => `  ${l}`),
    ...load.map((l) => `  ${l}`),
    '}'
  ].join('\n')
}

export const productShader = (pass: ProductPass, buffers: readonly Buffer[]): Shader => {
  const { kernel, splits } = pass
  const builder = createShader(pass, buffers)
  const size = sizeOfProduct(kernel)
  const side = tileOf(size)
  const type = typeOf(kernel.dtype)
  const { lhs, rhs } =
    kernel._tag === 'contraction'
      ? { lhs: contractionOperand(kernel, 'lhs'), rhs: contractionOperand(kernel, 'rhs') }
      : convolutionOperands(kernel)
  // Threads in a square; each has quarters of 4×4 results, one or two per direction.
  const threads = side === 32 ? 8 : 16
  const blocks = side / (threads * 4)
  const count = threads * threads
  const quarter = side / 4
  const strip = quarter * depth
  // Neighbours in k are written by neighbouring threads: with columns exchanged by row, eight of
  // them meet eight banks instead of one.
  const exchanged = (operand: Operand, q: string): string =>
    operand.alongK ? `((${q}) ^ (kk & 7))` : q
  const perSplit = depth * Math.ceil(size.k / splits / depth)
  const past = size.k % depth === 0 ? [] : ['k >= end']

  builder.declare(`var<workgroup> left: array<vec4<${type}>, ${strip}>;`)
  builder.declare(`var<workgroup> right: array<vec4<${type}>, ${strip}>;`)
  const bases = [
    { name: 'loadLeftBase', base: lhs.place.base },
    { name: 'loadRightBase', base: rhs.place.base }
  ].flatMap(({ name, base }) => (base === null ? [] : [{ name, base }]))
  for (const { name } of bases) builder.declare(`var<private> ${name}: i32;`)
  const beyond = (extent: number): readonly string[] =>
    extent % side === 0 ? past : [`p >= ${extent}`, ...past]
  builder.declare(loadFunction(builder, 'loadLeft', lhs, type, beyond(size.m)))
  builder.declare(loadFunction(builder, 'loadRight', rhs, type, beyond(size.n)))
  builder.declare(storeFunction(builder, pass, type))

  const fill = (
    target: string,
    load: string,
    first: string,
    operand: Operand
  ): readonly string[] => [
    `for (var g = t; g < ${strip}; g += ${count}) {`,
    ...(operand.alongK
      ? [`  let kk = g % ${depth};`, `  let q = g / ${depth};`]
      : [`  let q = g % ${quarter};`, `  let kk = g / ${quarter};`]),
    `  let p = ${first} + q * 4;`,
    `  let k = k0 + kk;`,
    `  ${target}[kk * ${quarter} + ${exchanged(operand, 'q')}] = vec4<${type}>(${[0, 1, 2, 3]
      .map((i) => `${load}(z, p + ${i}, k, end)`)
      .join(', ')});`,
    '}'
  ]
  const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)
  const accumulators = range(blocks).flatMap((r) =>
    range(4).flatMap((i) => range(blocks).map((c) => ({ name: `c${r}${i}${c}`, r, i, c })))
  )
  const lanes = ['x', 'y', 'z', 'w']
  const groupsZ = size.batch * splits
  const main: readonly string[] = [
    'let t = i32(local.x);',
    `let tx = t % ${threads};`,
    `let ty = t / ${threads};`,
    `let column = i32(group.x) * ${side};`,
    `let row = i32(group.y) * ${side};`,
    ...(splits === 1
      ? ['let z = i32(group.z);', 'let split = 0;', 'let begin = 0;', `let end = ${size.k};`]
      : [
          `let z = i32(group.z) / ${splits};`,
          `let split = i32(group.z) % ${splits};`,
          `let begin = split * ${perSplit};`,
          `let end = min(begin + ${perSplit}, ${size.k});`
        ]),
    ...bases.flatMap(({ name, base }) => {
      const code = builder.code([])
      const value = valueOf(code, base)
      return [...code.lines, `${name} = ${value};`]
    }),
    ...accumulators.map(({ name }) => `var ${name} = vec4<${type}>();`),
    `for (var k0 = begin; k0 < end; k0 += ${depth}) {`,
    ...fill('left', 'loadLeft', 'row', lhs).map((l) => `  ${l}`),
    ...fill('right', 'loadRight', 'column', rhs).map((l) => `  ${l}`),
    '  workgroupBarrier();',
    `  for (var kk = 0; kk < ${depth}; kk++) {`,
    ...range(blocks).flatMap((b) => [
      `    let l${b} = left[kk * ${quarter} + ${exchanged(lhs, `ty + ${b * threads}`)}];`,
      `    let r${b} = right[kk * ${quarter} + ${exchanged(rhs, `tx + ${b * threads}`)}];`
    ]),
    ...accumulators.map(({ name, r, i, c }) => `    ${name} += l${r}.${lanes[i]} * r${c};`),
    '  }',
    '  workgroupBarrier();',
    '}',
    ...accumulators.flatMap(({ name, r, i, c }) =>
      lanes.map(
        (lane, j) =>
          `put(z, split, row + (ty + ${r * threads}) * 4 + ${i}, column + (tx + ${c * threads}) * 4 + ${j}, ${name}.${lane});`
      )
    )
  ]
  return builder.finish(
    main,
    [Math.ceil(size.n / side), Math.ceil(size.m / side), groupsZ],
    [count, 1]
  )
}

/** `fn put(z, split, row, column, sum)`: the epilogue, or the partial sum of a split. */
const storeFunction = (builder: ShaderBuilder, pass: ProductPass, type: string): string => {
  const { kernel, splits, partial } = pass
  const { m, n } = sizeOfProduct(kernel)
  const side = tileOf(sizeOfProduct(kernel))
  const outside = [
    ...(m % side === 0 ? [] : [`m >= ${m}`]),
    ...(n % side === 0 ? [] : [`n >= ${n}`])
  ]
  const space = outSpace(kernel)
  const isContraction = kernel._tag === 'contraction'
  const lines: string[] = []
  let names: readonly string[]
  if (isContraction) {
    const batch = axisNames(kernel.batch, 'b')
    lines.push(...splitPosition('z', kernel.batch, batch))
    names = [...batch, 'm', 'n']
  } else {
    const outputs = [kernel.batch, ...kernel.spatial.map((d) => d.output)]
    const outs = outputs.map((extent, a) => (extent === 1 ? '0' : `o${a}`))
    lines.push(...splitPosition('m', outputs, outs))
    names = [kernel.groups === 1 ? '0' : 'z', outs[0], 'n', ...outs.slice(1)]
  }
  if (partial !== null && splits > 1) {
    const strides = space.map((_, a) => space.slice(a + 1).reduce((x, y) => x * y, 1))
    const total = space.reduce((x, y) => x * y, 1)
    const index = indexText({ offset: 0, coefficients: strides }, names)
    lines.push(`${builder.name(partial)}[split * ${total} + ${index}] = sum;`)
  } else {
    const sumDtype = kernel.dtype
    const isHalf = sumDtype === 'float16' || sumDtype === 'bfloat16'
    const sum = isHalf ? builder.language.cast('float32', sumDtype, 'sum') : 'sum'
    const code = builder.code(names, (e) => (e._tag === 'accumulator' ? 'total' : undefined))
    code.lines.push(`let total = ${sum};`)
    const value = kernel.epilogue === null ? 'total' : valueOf(code, kernel.epilogue)
    const base = kernel.out.base === null ? '' : ` + ${valueOf(code, kernel.out.base)}`
    code.lines.push(
      storeText(builder, kernel.out.buffer, `${indexText(kernel.out.index, names)}${base}`, value)
    )
    lines.push(...code.lines)
  }
  return [
    `fn put(z: i32, split: i32, m: i32, n: i32, sum: ${type}) {`,
    ...(outside.length === 0 ? [] : [`  if (${outside.join(' || ')}) { return; }`]),
    ...lines.map((l) => `  ${l}`),
    '}'
  ].join('\n')
}
