/**
 * Maps over many points whose innermost axis runs through memory in steps of one: a thread has four
 * neighbours, and arrays are read and written in vectors of four. What does not move along that
 * axis is read once for the four.
 */
import { sizeOf } from '../../../core/shape.ts'
import { coefficient } from '../../../kernel/affine.ts'
import type { Expr } from '../../../kernel/expr.ts'
import { nodes } from '../../../kernel/walk.ts'
import { indexText, valueOf } from '../code.ts'
import type { MapPass, PassBuffer } from '../passes/pass.ts'
import { storageOf } from './language.ts'
import { liesInFours } from './operands.ts'
import {
  axisNames, createShader, groupIndex, groupsFor, groupSize, type Shader, splitPosition, wordText
} from './shader.ts' // prettier-ignore

/** Points below which four times the threads are worth more than wide accesses. */
const manyPoints = 2 ** 18

const lanes = ['x', 'y', 'z', 'w'] as const

type Load = Extract<Expr, { readonly _tag: 'load' }>

/** The loads of a map that four neighbours may share, or null. */
const loadsInFours = ({ space, stores }: MapPass): readonly Load[] | null => {
  const inner = space.length - 1
  if (sizeOf(space) < manyPoints) return null
  if (!stores.every((s) => liesInFours(s, inner, space))) return null
  const loads: Load[] = []
  for (const e of nodes(stores.map((s) => s.value))) {
    // What a guard allows to read may not be there elsewhere.
    if (e._tag === 'guard') return null
    if (e._tag !== 'load') continue
    const moves = coefficient(e.index, inner) !== 0
    if (e.base !== null || (moves && !liesInFours(e, inner, space))) return null
    loads.push(e)
  }
  return loads
}

/** The shader, or null where the map is not of this kind. `pass` has no axes that may be joined. */
export const mapInFours = (pass: MapPass, buffers: readonly PassBuffer[]): Shader | null => {
  const { space, stores } = pass
  const loads = loadsInFours(pass)
  if (loads === null) return null
  const inner = space.length - 1
  const vectors = loads.filter((e) => coefficient(e.index, inner) !== 0)
  const fours = new Set([...vectors, ...stores].map((x) => x.buffer))
  const builder = createShader(pass, buffers, { fours })
  const quads = space.map((n, a) => (a === inner ? n / 4 : n))
  const threads = sizeOf(quads)
  const groups = groupsFor(Math.ceil(threads / groupSize))
  const names = axisNames(space)
  const quadNames = names.map((name, a) => (a === inner && quads[a] > 1 ? `${name}q` : name))

  const shared = builder.code(names)
  const texts = new Map<Load, string>()
  for (const e of vectors) {
    const name = shared.fresh()
    shared.lines.push(
      `let ${name} = ${builder.name(e.buffer)}[(${indexText(e.index, names)}) >> 2u];`
    )
    texts.set(e, name)
  }
  for (const e of loads) if (!texts.has(e)) valueOf(shared, e)

  const values = lanes.map((lane, i) => {
    const own = names.map((name, a) => (a === inner ? `(${name} + ${i})` : name))
    const code = { ...builder.code(own), parent: shared, lines: shared.lines, fresh: shared.fresh }
    for (const [e, name] of texts)
      code.known.set(e, e.dtype === 'bool' ? `(${name}.${lane} != 0u)` : `${name}.${lane}`)
    return stores.map((s) => wordText(builder, s.buffer, valueOf(code, s.value)))
  })
  const puts = stores.map((s, k) => {
    const vector = `vec4<${storageOf(builder.dtype(s.buffer))}>(${values.map((v) => v[k]).join(', ')})`
    return `${builder.name(s.buffer)}[(${indexText(s.index, names)}) >> 2u] = ${vector};`
  })
  return builder.finish(
    [
      `let id = ${groupIndex(groups)} * ${groupSize} + i32(local.x);`,
      `if (id >= ${threads}) { return; }`,
      ...splitPosition('id', quads, quadNames),
      `let ${names[inner]} = ${quads[inner] > 1 ? `${quadNames[inner]} * 4` : '0'};`,
      ...shared.lines,
      ...puts
    ],
    groups
  )
}
