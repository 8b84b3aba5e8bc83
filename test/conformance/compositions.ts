/**
 * Recorded programs under two transformations at once. Nobody recorded these results: each is
 * compared with the loop or the single transformation that it must equal.
 */
import '../../src/install.ts'
import { avalOf, fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { allocate, isComplex } from '../../src/core/dtype.ts'
import { checkpoint } from '../../src/control/checkpoint.ts'
import { jit } from '../../src/control/jit.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { vjp } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { firstDifference } from './compare.ts'
import { decode, type ArrayRecord } from './golden.ts'
import { converters } from './primitives/index.ts'
import type { ProgramRecord } from './programs.ts'
import { replay, type Program } from './replay.ts'
import { check, type Outcome } from './report.ts'

type Arrays = readonly NdArray[]

/** Example `i` of an array of examples. */
const row = (x: NdArray, i: number): NdArray => {
  const length = hostOf(x).length / x.shape[0]
  return fromHost(
    makeAval(x.shape.slice(1), x.dtype),
    hostOf(x).slice(i * length, (i + 1) * length)
  )
}

const stack = (xs: Arrays): NdArray => {
  const [first] = xs
  const length = hostOf(first).length
  const data = allocate(first.dtype, xs.length * first.size)
  xs.forEach((x, i) => data.set(hostOf(x), i * length))
  return fromHost(makeAval([xs.length, ...first.shape], first.dtype), data)
}

/** f over examples, one by one. */
const loop = (f: Program, size: number, args: Arrays): Arrays => {
  const each = Array.from({ length: size }, (_, i) => f(...args.map((x) => row(x, i))))
  return each[0].map((_, result) => stack(each.map((e) => e[result])))
}

/** Σ x y without conjugation (its real part), and Σ |x y|. */
const inner = (xs: Arrays, ys: Arrays): readonly [value: number, scale: number] => {
  let value = 0
  let scale = 0
  xs.forEach((x, n) => {
    const [a, b] = [hostOf(x), hostOf(ys[n])]
    for (let i = 0; i < a.length; i++) {
      const term = (isComplex(x.dtype) && i % 2 === 1 ? -1 : 1) * a[i] * b[i]
      value += term
      scale += Math.abs(term)
    }
  })
  return [value, scale]
}

/** Any direction, for which the second derivative is asked. */
const direction = (x: NdArray, seed: number): NdArray => {
  const data = allocate(x.dtype, x.size)
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i + seed)
  return fromHost(avalOf(x), data)
}

const symmetric = (left: readonly [number, number], right: number, tol: number): string | null =>
  Math.abs(left[0] - right) <= tol * (1 + left[1]) || (left[0] !== left[0] && right !== right)
    ? null
    : `got ${left[0]}, expected ${right}`

type Differentiable = ProgramRecord & {
  readonly ct: readonly ArrayRecord[]
  readonly tangents: readonly ArrayRecord[]
}

const checkProgram = (p: Differentiable): readonly Outcome[] => {
  const f = replay(p.jaxpr, converters)
  const [args, cts, tangents] = [p.in, p.ct, p.tangents].map((records) => records.map(decode))
  const n = args.length
  const isDouble = args[0]?.dtype === 'float64' || args[0]?.dtype === 'complex128'
  const tolerance = { tol: isDouble ? 1e-9 : 1e-4, elementwise: false }
  const pull: Program = (...xs) => vjp(f, xs.slice(0, n))[1](xs.slice(n))
  const push: Program = (...xs) => jvp(f, xs.slice(0, n), xs.slice(n))[1]
  const gradient: Program = (...xs) => vjp(f, xs)[1](cts)
  const slope: Program = (...xs) => jvp(f, xs, tangents)[1]
  const equal = (name: string, left: () => Arrays, right: () => Arrays): Outcome =>
    check(`${p.group}/${p.name}, ${name}`, () => firstDifference(left(), right(), tolerance))
  const backward = (): Arrays => pull(...args, ...cts)
  const forward = (): Arrays => push(...args, ...tangents)
  const single = [
    equal('jit of vjp', () => jit(pull)(...args, ...cts), backward),
    equal('vjp of checkpoint', () => vjp(checkpoint(f), args)[1](cts), backward),
    equal('jit of jvp', () => jit(push)(...args, ...tangents), forward),
    equal('jvp of jit', () => jvp(jit(f), args, tangents)[1], forward),
    equal(
      'jvp of vjp is vjp of jvp',
      () => jvp(gradient, args, tangents)[1],
      () => vjp(slope, args)[1](cts)
    ),
    check(`${p.group}/${p.name}, the second derivative is symmetric`, () => {
      const v = args.map(direction)
      const left = inner(jvp(gradient, args, tangents)[1], v)
      const [right] = inner(vjp(gradient, args)[1](tangents), v)
      return symmetric(left, right, 100 * tolerance.tol)
    })
  ]
  if (p.vmap_in === undefined || n === 0) return single
  const batch = p.vmap_in.map(decode)
  const size = batch[0].shape[0]
  const repeat = (xs: Arrays): Arrays => xs.map((x) => stack(new Array<NdArray>(size).fill(x)))
  const backwards = (): Arrays => loop(pull, size, [...batch, ...repeat(cts)])
  const shared = { inAxes: args.map((_, i) => (i === 0 ? 0 : null)) }
  return [
    ...single,
    equal('vmap of vjp', () => vmap(pull)(...batch, ...repeat(cts)), backwards),
    equal('vjp of vmap', () => vjp(vmap(f), batch)[1](repeat(cts)), backwards),
    equal('vmap of jit of vjp', () => vmap(jit(pull))(...batch, ...repeat(cts)), backwards),
    equal(
      'jvp of vmap',
      () => jvp(vmap(f), batch, repeat(tangents))[1],
      () => loop(push, size, [...batch, ...repeat(tangents)])
    ),
    equal(
      'vmap over the first argument alone',
      () => vmap(f, shared)(batch[0], ...args.slice(1)),
      () => loop((x) => f(x, ...args.slice(1)), size, [batch[0]])
    )
  ]
}

const isDifferentiable = (p: ProgramRecord): p is Differentiable =>
  p.ct !== undefined && p.tangents !== undefined && ![...p.ct, ...p.tangents].includes(null)

export const checkCompositions = (file: unknown): readonly Outcome[] =>
  (file as { readonly programs: readonly ProgramRecord[] }).programs
    .filter(isDifferentiable)
    .flatMap(checkProgram)
