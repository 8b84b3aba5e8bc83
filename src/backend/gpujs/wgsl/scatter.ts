/** Scatters, by search or by atomic updates. */
import { sizeOf } from '../../../core/shape.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import type { Buffer, ScatterKind } from '../../../kernel/ir.ts'
import { binary } from '../../../kernel/make.ts'
import { indexText, inner, valueOf } from '../code.ts'
import type { ScatterPass } from '../passes/pass.ts'
import { scatterAxes } from '../passes/split-scatter.ts'
import { typeOf } from './language.ts'
import {
  axisNames, createShader, groupIndex, groupsFor, groupSize, type Shader, splitPosition, storeText
} from './shader.ts' // prettier-ignore

/** What a place holds after an update. */
export const met = (kind: ScatterKind, old: Expr, value: Expr): Expr =>
  kind === 'set' ? value : binary(kind, old, value)

const leaf = (dtype: ScalarType): Expr => ({ _tag: 'accumulator', dtype })

/** A thread per element of the buffer walks the updates that may concern it, in their order. */
const gatherShader = (pass: ScatterPass, buffers: readonly Buffer[]): Shader => {
  const { kernel, size } = pass
  const { axes, place } = kernel
  const builder = createShader(pass, buffers)
  const { searched, fixed } = scatterAxes(kernel)
  const names = axisNames(axes)
  const groups = groupsFor(Math.ceil(size / groupSize))
  const code = builder.code(names)
  const { language } = builder
  const { dtype } = kernel.value
  // What is left of the place tells the fixed axes; offsets of searched ones go first.
  const base = place.base === null ? null : valueOf(code, place.base)
  const own = indexText(
    {
      offset: place.index.offset,
      coefficients: place.index.coefficients.map((c, a) => (searched.includes(a) ? c : 0))
    },
    names
  )
  code.lines.push(`var rest = id - (${own}${base === null ? '' : ` + ${base}`});`)
  const found: string[] = ['rest >= 0']
  for (const { axis, stride } of fixed) {
    code.lines.push(`let i${axis} = rest / ${stride};`, `rest -= i${axis} * ${stride};`)
    found.push(`i${axis} >= 0`, `i${axis} < ${axes[axis]}`)
  }
  found.push('rest == 0')
  const hit = inner(code)
  const old = leaf(dtype)
  hit.known.set(old, 'value')
  if (kernel.valid !== null) {
    const valid = valueOf(code, kernel.valid)
    found.push(valid)
  }
  hit.lines.push(`value = ${valueOf(hit, met(kernel.kind, old, kernel.value))};`)
  const body = [
    ...code.lines,
    `if (${found.join(' && ')}) {`,
    ...hit.lines.map((l) => `  ${l}`),
    '}'
  ]
  const extents = searched.map((a) => axes[a])
  const count = sizeOf(extents)
  return builder.finish(
    [
      `let id = ${groupIndex(groups)} * ${groupSize} + i32(local.x);`,
      `if (id >= ${size}) { return; }`,
      `var value: ${typeOf(dtype)} = ${language.load(dtype, place.buffer, 'id')};`,
      `for (var u = 0; u < ${count}; u++) {`,
      ...[
        ...splitPosition(
          'u',
          extents,
          searched.map((a) => names[a])
        ),
        ...body
      ].map((l) => `  ${l}`),
      '}',
      storeText(builder, place.buffer, 'id', 'value')
    ],
    groups
  )
}

/** A thread per update. */
const updateShader = (pass: ScatterPass, buffers: readonly Buffer[]): Shader => {
  const { kernel, way, claims } = pass
  const { axes, place } = kernel
  const { dtype } = kernel.value
  const atomic = way === 'atomic' ? place.buffer : way === 'claim' ? claims : null
  const builder = createShader(pass, buffers, atomic === null ? {} : { atomic })
  const names = axisNames(axes)
  const count = sizeOf(axes)
  const groups = groupsFor(Math.ceil(count / groupSize))
  const code = builder.code(names)
  if (kernel.valid !== null) code.lines.push(`if (!(${valueOf(code, kernel.valid)})) { return; }`)
  const base = place.base === null ? '' : ` + ${valueOf(code, place.base)}`
  code.lines.push(`let at = ${indexText(place.index, names)}${base};`)
  if (way === 'claim') {
    code.lines.push(`atomicMax(&${builder.name(claims as number)}[at], u32(id + 1));`)
  } else if (way === 'write') {
    code.lines.push(`if (${builder.name(claims as number)}[at] != id + 1) { return; }`)
    code.lines.push(storeText(builder, place.buffer, 'at', valueOf(code, kernel.value)))
  } else {
    const value = valueOf(code, kernel.value)
    const loop = inner(code)
    const old = leaf(dtype)
    const type = typeOf(dtype)
    const read =
      type === 'bool' ? '(word != 0u)' : type === 'u32' ? 'word' : `bitcast<${type}>(word)`
    loop.lines.push(`let old = ${read};`)
    loop.known.set(old, 'old')
    const update = leaf(dtype)
    loop.known.set(update, value)
    const next = valueOf(loop, met(kernel.kind, old, update))
    const word =
      type === 'bool' ? `select(0u, 1u, ${next})` : type === 'u32' ? next : `bitcast<u32>(${next})`
    const target = `&${builder.name(place.buffer)}[at]`
    loop.lines.push(
      `let exchange = atomicCompareExchangeWeak(${target}, word, ${word});`,
      'if (exchange.exchanged) { break; }',
      'word = exchange.old_value;'
    )
    code.lines.push(
      `var word = atomicLoad(${target});`,
      'loop {',
      ...loop.lines.map((l) => `  ${l}`),
      '}'
    )
  }
  return builder.finish(
    [
      `let id = ${groupIndex(groups)} * ${groupSize} + i32(local.x);`,
      `if (id >= ${count}) { return; }`,
      ...splitPosition('id', axes, names),
      ...code.lines
    ],
    groups
  )
}

export const scatterShader = (pass: ScatterPass, buffers: readonly Buffer[]): Shader =>
  pass.way === 'gather' ? gatherShader(pass, buffers) : updateShader(pass, buffers)
