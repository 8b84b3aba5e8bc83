/** Primitives whose parameter is a program: replayed through our own control operations. */
import { scalar, type NdArray } from '../../../src/core/array.ts'
import { checkpoint } from '../../../src/control/checkpoint.ts'
import { psum } from '../../../src/control/collective.ts'
import { switch as switchCase } from '../../../src/control/cond.ts'
import { jit } from '../../../src/control/jit.ts'
import { customLinearSolve } from '../../../src/control/linear-solve.ts'
import { scan, whileLoop } from '../../../src/control/loops.ts'
import { max, min } from '../../../src/primitives/arithmetic.ts'
import { ge, le, select } from '../../../src/primitives/compare.ts'
import { convertElementType } from '../../../src/primitives/convert.ts'
import { broadcastTo, sum } from '../../../src/primitives/movement.ts'
import { evaluated, root } from './root.ts'
import type { Converter, Converters } from '../replay.ts'

type Binary = (x: NdArray, y: NdArray) => NdArray
type Arrays = readonly NdArray[]

const cut = (xs: Arrays, ...lengths: readonly number[]): readonly Arrays[] => {
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0))
  return [...ends.map((end, i) => xs.slice(end - lengths[i], end)), xs.slice(ends.at(-1) ?? 0)]
}

const compiled: Converter = (args, { jaxpr, name }, { program }) =>
  jit(program(jaxpr), { name })(...args)

/**
 * JAX does not record the rule of a function with a derivative of its own, only what it computes.
 * Those that compute max(x, c) or min(x, c) with a constant c (relu and its kin) have the rule
 * because of the tie: there the constant wins, where plain max would share the derivative.
 */
const constantWins =
  (f: Binary, loses: Binary): Converter =>
  (args, _params, { equation, outs: [out] }) => {
    const [x, y] = args.map((a) => broadcastTo(a, out.shape))
    const [first, second] = equation.in.map((atom) => typeof atom !== 'string')
    if (first === second) return f(x, y)
    return first ? select(loses(y, x), x, y) : select(loses(x, y), y, x)
  }

const customJvp: Converter = (args, { call_jaxpr: record }, { program }) =>
  program(record, { max: constantWins(max, le), min: constantWins(min, ge) })(...args)

const conditional: Converter = ([index, ...operands], { branches }, { program }) =>
  switchCase(
    convertElementType(index, 'int32'),
    (branches as readonly unknown[]).map((b) => program(b)),
    ...operands
  )

const loop: Converter = (args, p, { program }) => {
  const [condConsts, bodyConsts, init] = cut(args, p['cond_nconsts'], p['body_nconsts'])
  const [condition, body] = [program(p['cond_jaxpr']), program(p['body_jaxpr'])]
  return whileLoop<Arrays>(
    (carry) => condition(...condConsts, ...carry)[0],
    (carry) => body(...bodyConsts, ...carry),
    init
  )
}

const scanned: Converter = (args, p, { program }) => {
  const [consts, init, xs] = cut(args, p['num_consts'], p['num_carry'])
  const body = program(p['jaxpr'])
  const [carry, ys] = scan<Arrays, Arrays, Arrays>(
    (c, x) => {
      const outs = body(...consts, ...c, ...x)
      return [outs.slice(0, init.length), outs.slice(init.length)]
    },
    init,
    xs,
    { length: p['length'], reverse: p['reverse'] }
  )
  return [...carry, ...ys]
}

/** Each of the four programs takes its own constants first; two of them may be missing. */
const linearSolve: Converter = (args, { const_lengths: lengths, jaxprs }, { program }) => {
  const names = ['matvec', 'vecmat', 'solve', 'transpose_solve'] as const
  const pieces = cut(args, ...names.map((n) => lengths[n]))
  const b = pieces[4]
  const part =
    (at: number) =>
    (x: Arrays): Arrays =>
      program(jaxprs[names[at]])(...pieces[at], ...x)
  const hasTranspose = (jaxprs.transpose_solve ?? null) !== null
  const options = hasTranspose
    ? { transposeSolve: (_vecmat: unknown, y: Arrays) => part(3)(y) }
    : {}
  return customLinearSolve<Arrays>(part(0), b, (_matvec, y) => part(2)(y), options)
}

/** Which of the alternatives by platform is ours: the one for any platform, recorded as null. */
const platform: Converter = (_args, { platforms }, { outs: [out] }) =>
  scalar((platforms as readonly unknown[]).indexOf(null), out.dtype)

/** Axes are names of mapped axes, or positions in the operand. */
const summedOver: Converter = (args, { axes }) =>
  args.map((x) => {
    const names = (axes as readonly unknown[]).filter((a): a is string => typeof a === 'string')
    const positions = (axes as readonly unknown[]).filter((a): a is number => typeof a === 'number')
    const reduced = positions.length === 0 ? x : sum(x, positions)
    return names.reduce((total, name) => psum(total, name), reduced)
  })

export const control: Converters = {
  cond: conditional,
  call_hi_primitive: root,
  custom_jvp_call: customJvp,
  custom_linear_solve: linearSolve,
  eval_jaxpr: evaluated,
  jit: compiled,
  platform_index: platform,
  psum: summedOver,
  remat2: (args, { jaxpr }, { program }) => checkpoint(program(jaxpr))(...args),
  scan: scanned,
  while: loop
}
