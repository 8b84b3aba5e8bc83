/**
 * Reductions: a thread per point where the extents are short or the points are many, else a group
 * per point whose threads take every 256th element (or every 64th) and meet in two steps: barriers
 * cost more than the additions they would save. Long runs of one thread are summed in blocks, so
 * that the error of a sum does not grow with its length.
 */
import { sizeOf } from '../../../core/shape.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import type { Buffer, Reduction } from '../../../kernel/ir.ts'
import { neutral } from '../../../kernel/monoid.ts'
import { type Code, inner, valueOf } from '../code.ts'
import type { ReducePass } from '../passes/pass.ts'
import { nowhere, step } from '../reduction-step.ts'
import { storageOf } from './language.ts'
import { emitStores } from './map.ts'
import {
  axisNames, createShader, groupIndex, groupsFor, groupSize, type Shader, splitPosition
} from './shader.ts' // prettier-ignore

/** Elements summed before they are added to the total of the thread. */
const block = 128
/** Extents that one thread walks without help. */
const shortExtents = 64
const mediumExtents = 512
/** Extents up to which a group has fewer threads, as each would have little to do. */
const fewThreads = 64
const fewThreadsUpTo = 1024
/** Points that keep the machine busy with one thread each, and those that do for medium extents. */
const manyPoints = 32768
const somePoints = 1024

const leaf = (dtype: ScalarType): Expr => ({ _tag: 'accumulator', dtype })

export const reduceShader = (pass: ReducePass, buffers: readonly Buffer[]): Shader => {
  const builder = createShader(pass, buffers)
  const { language } = builder
  const { axes, extents, reductions } = pass
  const points = sizeOf(axes)
  const length = sizeOf(extents)
  const alone =
    length <= shortExtents ||
    points >= manyPoints ||
    (length <= mediumExtents && points >= somePoints)
  const names = axisNames(axes)
  const extentNames = extents.map((n, a) => (n === 1 ? '0' : `j${a}`))
  const dtypes = reductions.map((r) => r.value.dtype)

  const initial = (prefix: string): readonly string[] =>
    reductions.flatMap((r, i) => [
      `var ${prefix}${i} = ${language.constant(dtypes[i], neutral(r.monoid, dtypes[i]))};`,
      ...(r.position === null ? [] : [`var ${prefix}${i}p = i32(${nowhere});`])
    ])

  /** Statements that combine values named by `from` into variables named by `into`. */
  const meet = (code: Code<string>, i: number, r: Reduction, into: string, from: Slotted): void => {
    const [a, b] = [leaf(dtypes[i]), leaf(dtypes[i])]
    const [p, q] = [leaf('int32'), leaf('int32')]
    code.known.set(a, `${into}${i}`)
    code.known.set(b, from.value)
    code.known.set(p, `${into}${i}p`)
    code.known.set(q, from.position)
    const has = r.position !== null
    const next = step(
      r.monoid,
      { value: a, position: has ? p : null },
      { value: b, position: has ? q : null }
    )
    const value = valueOf(code, next.value)
    const position = next.position === null ? null : valueOf(code, next.position)
    code.lines.push(`${into}${i} = ${value};`)
    if (position !== null) code.lines.push(`${into}${i}p = ${position};`)
  }

  /** The loop of one thread over elements start, start + stride … below the length. */
  const loop = (start: string, stride: number): readonly string[] => {
    const body = (into: string): readonly string[] => {
      const code = builder.code([...names, ...extentNames])
      reductions.forEach((r, i) => {
        const value = valueOf(code, r.value)
        const position = r.position === null ? '' : valueOf(code, r.position)
        meet(code, i, r, into, { value, position })
      })
      return [...splitPosition('r', extents, extentNames), ...code.lines]
    }
    const perThread = Math.ceil(length / stride)
    if (perThread <= block) {
      return [
        `for (var r = ${start}; r < ${length}; r += ${stride}) {`,
        ...body('a').map((l) => `  ${l}`),
        '}'
      ]
    }
    const total = builder.code([])
    reductions.forEach((r, i) => meet(total, i, r, 'a', { value: `c${i}`, position: `c${i}p` }))
    return [
      `for (var first = ${start}; first < ${length}; first += ${stride * block}) {`,
      ...initial('c').map((l) => `  ${l}`),
      `  let limit = min(first + ${stride * block}, ${length});`,
      `  for (var r = first; r < limit; r += ${stride}) {`,
      ...body('c').map((l) => `    ${l}`),
      '  }',
      ...total.lines.map((l) => `  ${l}`),
      '}'
    ]
  }

  const stores = (): readonly string[] => {
    const code = builder.code(names, (e) =>
      e._tag === 'stage' ? `a${e.reduction}${e.part === 'position' ? 'p' : ''}` : undefined
    )
    emitStores(builder, code, pass.stores)
    return code.lines
  }

  if (alone) {
    const groups = groupsFor(Math.ceil(points / groupSize))
    return builder.finish(
      [
        `let id = ${groupIndex(groups)} * ${groupSize} + i32(local.x);`,
        `if (id >= ${points}) { return; }`,
        ...splitPosition('id', axes, names),
        ...initial('a'),
        ...(length === 0 ? [] : loop('0', 1)),
        ...stores()
      ],
      groups
    )
  }

  const groups = groupsFor(points)
  const threads = length <= fewThreadsUpTo ? fewThreads : groupSize
  const lanes = Math.sqrt(threads)
  reductions.forEach((r, i) => {
    const shared = dtypes[i] === 'bool' ? 'u32' : storageOf(dtypes[i])
    builder.declare(`var<workgroup> s${i}: array<${shared}, ${threads}>;`)
    if (r.position !== null) builder.declare(`var<workgroup> s${i}p: array<i32, ${threads}>;`)
  })
  const share = reductions.flatMap((r, i) => [
    `s${i}[t] = ${dtypes[i] === 'bool' ? `select(0u, 1u, a${i})` : `a${i}`};`,
    ...(r.position === null ? [] : [`s${i}p[t] = a${i}p;`])
  ])
  const met = inner(builder.code([]))
  reductions.forEach((r, i) => {
    const other = dtypes[i] === 'bool' ? `(s${i}[o] != 0u)` : `s${i}[o]`
    const [lines, value] = language.name(dtypes[i], met.fresh(), other)
    met.lines.push(...lines)
    meet(met, i, r, 'a', { value, position: `s${i}p[o]` })
  })
  /** Joins what threads first, first + stride … below the limit have found. */
  const join = (first: string, limit: number, stride: number): readonly string[] => [
    `for (var o = ${first}; o < ${limit}; o += ${stride}) {`,
    ...met.lines.map((l) => `  ${l}`),
    '}'
  ]
  return builder.finish(
    [
      `let id = ${groupIndex(groups)};`,
      'let t = i32(local.x);',
      ...splitPosition('id', axes, names),
      ...initial('a'),
      ...(groups[1] === 1
        ? loop('t', threads)
        : [`if (id < ${points}) {`, ...loop('t', threads).map((l) => `  ${l}`), '}']),
      ...share,
      'workgroupBarrier();',
      `if (t < ${lanes}) {`,
      ...join(`t + ${lanes}`, threads, lanes).map((l) => `  ${l}`),
      ...share.map((l) => `  ${l}`),
      '}',
      'workgroupBarrier();',
      `if (t != 0${groups[1] === 1 ? '' : ` || id >= ${points}`}) { return; }`,
      ...join('1', lanes, 1),
      ...stores()
    ],
    groups,
    [threads, 1]
  )
}

interface Slotted {
  readonly value: string
  readonly position: string
}
