/**
 * Random programs: a list of steps over the values before them, drawn from a seed. A step is drawn
 * by trying it on the values of the host, so that shapes and types always fit.
 *
 * Each value has a bound on what rounding may have done to it: 0 where every machine has to find the
 * same bits. Operations with jumps (comparisons, rounding, sorts, indices) are drawn on exact values
 * only, those that magnify errors (exp, division) as well.
 */
import { np, type NdArray } from 'cotangent'
import { arithmetics } from './arithmetic.ts'
import { jumps } from './jumps.ts'
import { movements } from './movements.ts'
import { sums } from './sums.ts'
import { drawFrom, pick, type Draw, type Operation, type Proposal, type Value } from './value.ts'

export interface Step {
  readonly name: string
  readonly args: readonly number[]
  readonly apply: Operation
}

export interface RandomProgram {
  readonly inputs: readonly NdArray[]
  readonly steps: readonly Step[]
  /** Values that the program returns, and their bounds. */
  readonly outputs: readonly number[]
  readonly bounds: readonly number[]
  readonly f: (...inputs: readonly NdArray[]) => readonly NdArray[]
}

const lines = [movements, jumps, sums] as const

const extents = [0, 1, 2, 3, 4, 5, 7, 8, 16, 33, 64] as const

const shapes = (d: Draw): readonly number[] =>
  Array.from({ length: d(4) }, () => extents[d(20) === 0 ? 0 : 1 + d(extents.length - 1)])

const dtypes = [
  'float32',
  'float32',
  'float32',
  'int32',
  'uint32',
  'bool',
  'float16',
  'bfloat16',
  'int8',
  'uint8'
] as const

const special = [NaN, Infinity, -Infinity, -0]

const input = (d: Draw, hasSpecials: boolean): NdArray => {
  let shape = shapes(d)
  while (shape.reduce((a, b) => a * b, 1) > 4096) shape = shapes(d)
  const dtype = pick(d, dtypes)
  const size = shape.reduce((a, b) => a * b, 1)
  const element = (): number => {
    if (dtype === 'bool') return d(2)
    if (dtype.startsWith('u')) return d(60)
    if (!dtype.includes('float')) return d(60) - 30
    return hasSpecials && d(30) === 0 ? pick(d, special) : (d(64) - 32) / 4
  }
  return np.reshape(np.array(Array.from({ length: size }, element), { dtype }), shape)
}

const valueOf = (array: NdArray, bound: number): Value => {
  let most = 0
  for (const x of array.toTypedArray()) if (Number.isFinite(x)) most = Math.max(most, Math.abs(x))
  return { array, bound, most }
}

/** Elements of a value at most. */
const mostElements = 2 ** 14

/** The program of a seed. */
export const randomProgram = (seed: number): RandomProgram => {
  const d = drawFrom(seed)
  const hasSpecials = d(3) === 0
  const inputs = Array.from({ length: 1 + d(4) }, () => input(d, hasSpecials))
  const pool: Value[] = inputs.map((x) => valueOf(x, 0))
  const steps: Step[] = []
  const wanted = 2 + d(14)
  for (let tries = 0; steps.length < wanted && tries < 20 * wanted; tries++) {
    const makers = d(2) === 0 ? arithmetics : pick(d, lines)
    // Recent values more often, so that programs are deep.
    const proposal = pick(d, makers)(d, pool)
    if (proposal === null) continue
    const value = tried(proposal, pool)
    if (value === null) continue
    pool.push(value)
    steps.push({ name: proposal.name, args: proposal.args, apply: proposal.apply })
  }
  const last = pool.length - 1
  const outputs = [
    ...new Set([
      last,
      ...Array.from({ length: d(3) }, () => inputs.length + d(Math.max(1, steps.length)))
    ])
  ].filter((o) => o <= last)
  const f = (...xs: readonly NdArray[]): readonly NdArray[] => {
    const values = [...xs]
    for (const { apply, args } of steps) values.push(apply(...args.map((a) => values[a])))
    return outputs.map((o) => values[o])
  }
  return { inputs, steps, outputs, bounds: outputs.map((o) => pool[o].bound), f }
}

/** What the proposal gives, or null where it does not fit. */
const tried = (p: Proposal, pool: readonly Value[]): Value | null => {
  try {
    const array = p.apply(...p.args.map((a) => pool[a].array))
    if (array.size > mostElements || array.dtype === 'float64') return null
    const { most } = valueOf(array, 0)
    const bound = p.bound(most)
    return bound === null || !Number.isFinite(bound) || most > 1e7 ? null : valueOf(array, bound)
  } catch {
    return null
  }
}
