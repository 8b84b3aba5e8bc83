/** Replays recorded programs: f, jit f, and what was recorded of vjp, jvp and vmap. */
import '../../src/install.ts'
import { scalar, type NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import { fillLike } from '../../src/primitives/movement.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { vjp } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { firstDifference, type Tolerance } from './compare.ts'
import { decode, type ArrayRecord } from './golden.ts'
import { converters } from './primitives/index.ts'
import { replay, unmappedIn, type Program } from './replay.ts'
import { check, type Outcome } from './report.ts'

export interface ProgramRecord {
  readonly group: string
  readonly name: string
  readonly tol: number
  readonly jaxpr: unknown
  readonly in: readonly ArrayRecord[]
  readonly out: readonly ArrayRecord[]
  readonly ct?: readonly (ArrayRecord | null)[]
  readonly vjp?: readonly (ArrayRecord | null)[]
  readonly tangents?: readonly (ArrayRecord | null)[]
  readonly jvp?: readonly (ArrayRecord | null)[]
  readonly vmap_in?: readonly ArrayRecord[]
  readonly vmap_out?: readonly ArrayRecord[]
}

type Records = readonly (ArrayRecord | null)[]

const decodeAll = (records: Records): readonly (NdArray | null)[] =>
  records.map((r) => (r === null ? null : decode(r)))

/** Nulls stand for directions of integers, which are zero. */
const directions = (records: Records, like: readonly NdArray[]): readonly NdArray[] =>
  records.map((r, i) =>
    r === null ? fillLike(scalar(0, like[i].dtype), like[i].shape) : decode(r)
  )

export interface Case {
  readonly check: string
  readonly run: () => readonly NdArray[]
  readonly expected: Records
}

export const casesOf = (p: ProgramRecord, f: Program): readonly Case[] => {
  const args = p.in.map(decode)
  const outs = p.out.map(decode)
  const compiled: Program = jit(f)
  const pull = (g: Program) => (): readonly NdArray[] => {
    const [, pullback] = vjp(g, args)
    return pullback(directions(p.ct as Records, outs))
  }
  const push = (): readonly NdArray[] => jvp(f, args, directions(p.tangents as Records, args))[1]
  const mapped: Program = vmap(f)
  const map = (g: Program) => (): readonly NdArray[] =>
    g(...(p.vmap_in as readonly ArrayRecord[]).map(decode))
  return [
    { check: 'f', run: () => f(...args), expected: p.out },
    { check: 'jit f', run: () => compiled(...args), expected: p.out },
    ...(p.vjp === undefined
      ? []
      : [
          { check: 'vjp', run: pull(f), expected: p.vjp },
          { check: 'vjp of jit', run: pull(compiled), expected: p.vjp }
        ]),
    ...(p.jvp === undefined ? [] : [{ check: 'jvp', run: push, expected: p.jvp }]),
    ...(p.vmap_out === undefined
      ? []
      : [
          { check: 'vmap', run: map(mapped), expected: p.vmap_out },
          { check: 'jit of vmap', run: map(jit(mapped)), expected: p.vmap_out }
        ])
  ]
}

export const checkProgram = (p: ProgramRecord): readonly Outcome[] => {
  const missing = unmappedIn(p.jaxpr, converters)
  const tolerance: Tolerance = { tol: p.tol, elementwise: p.group.startsWith('corner') }
  return casesOf(p, replay(p.jaxpr, converters)).map((c) =>
    check(`${p.group}/${p.name}, ${c.check}`, () =>
      missing.length > 0
        ? `no converter for ${missing.join(', ')}`
        : firstDifference(c.run(), decodeAll(c.expected), tolerance)
    )
  )
}

export const checkPrograms = (file: unknown): readonly Outcome[] =>
  (file as { readonly programs: readonly ProgramRecord[] }).programs.flatMap(checkProgram)
