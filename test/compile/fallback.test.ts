import * as E from 'fp-ts/lib/Either.js'
import { afterEach, describe, expect, test } from 'vitest'
import { config, jit, np, type NdArray } from 'cotangent'
import { bind1, currentBackend, definePrimitive, makeAval, primitives } from 'cotangent/extend'
import { counters, resetCounters } from '../../src/compile/counters.ts'
import { checkProgram, type ProgramRecord } from '../conformance/programs.ts'
import { inMode, modes } from '../conformance/modes.ts'
import { failuresOf } from '../conformance/report.ts'
import { message } from '../core/message.ts'

const twiceP = definePrimitive({
  name: 'twiceForFallback',
  abstractEval: ([x]) => [makeAval(x.shape, x.dtype)],
  reference: ([x]) => [x.data.map((v) => 2 * v)]
})
const twice = (x: NdArray): NdArray => bind1(twiceP, [x], {})

const before = config()
afterEach(() => {
  config(before)
})

const bareP = definePrimitive({ name: 'bareForFallback', abstractEval: ([x]) => [x] })
const bare = (x: NdArray): NdArray => bind1(bareP, [x], {})

describe('an operation without a value', () => {
  test('says so, eager and compiled', () => {
    expect(message(() => bare(np.array([1, 2])))).toMatchInlineSnapshot(`
      "TransformError bareForFallback: the primitive has no value rule
        got:      bareForFallback
        expected: a reference rule, an evaluation rule or an equivalent function
        hint:     give definePrimitive \`like\`, a function of other operations, or \`reference\`, a loop"
    `)
    expect(message(() => jit(bare)(np.array([1, 2])))).toBe(message(() => bare(np.array([1, 2]))))
  })
})

describe('an operation without a kernel', () => {
  test('runs its reference rule, and is counted', () => {
    resetCounters()
    expect(jit(twice)(np.array([1, 2])).toNested()).toEqual([2, 4])
    expect(counters().reference).toBe(1)
  })

  test('is an error where a fallback is forbidden', () => {
    config({ fallback: 'error', eagerThreshold: 0 })
    expect(message(() => jit(twice)(np.array([1, 2])))).toMatchInlineSnapshot(`
      "DeviceError twiceForFallback: there is no kernel, and a fallback is forbidden
        got:      twiceForFallback on cpu: the primitive has no lowering, and no reason for that
        expected: kernels for every operation
        hint:     config({ fallback: 'reference' }) lets the reference rule stand in"
    `)
    expect(message(() => twice(np.array([1, 2])))).toMatchInlineSnapshot(`
      "DeviceError twiceForFallback: there is no kernel, and a fallback is forbidden
        got:      twiceForFallback on cpu: the primitive has no lowering, and no reason for that
        expected: kernels for every operation
        hint:     config({ fallback: 'reference' }) lets the reference rule stand in"
    `)
  })

  test('is an error too when the program was compiled while it was allowed', () => {
    const f = jit(twice)
    f(np.array([1, 2]))
    config({ fallback: 'error' })
    expect(() => f(np.array([1, 2]))).toThrow('there is no kernel')
  })
})

describe('routines of the host', () => {
  test('are these, for these reasons', () => {
    const reasons = [...primitives().values()].flatMap(({ name, host }) =>
      host === undefined ? [] : [`${name}: ${host}`]
    )
    expect(reasons.toSorted()).toMatchInlineSnapshot(`
      [
        "cholesky: a factorisation: each step needs the ones before",
        "eig: a factorisation: each step needs the ones before",
        "eigh: a factorisation: each step needs the ones before",
        "fft: stages that need whole rows, of any length",
        "hessenberg: a factorisation: each step needs the ones before",
        "householderProduct: a factorisation: each step needs the ones before",
        "igamma: a series whose length depends on the argument",
        "igammaGradA: a series whose length depends on the argument",
        "igammac: a series whose length depends on the argument",
        "lu: a factorisation: each step needs the ones before",
        "polygamma: a series whose length depends on the argument",
        "qr: a factorisation: each step needs the ones before",
        "randomGammaGrad: a series whose length depends on the argument",
        "regularizedIncompleteBeta: a continued fraction whose length depends on the argument",
        "schur: a factorisation: each step needs the ones before",
        "svd: a factorisation: each step needs the ones before",
        "triangularSolve: substitution: each row needs those before",
        "tridiagonalSolve: substitution: each row needs those before",
        "zeta: a series whose length depends on the argument",
      ]
    `)
  })

  test('are all that has neither kernel nor evaluation nor equivalent', () => {
    const bare = [...primitives().values()].filter(
      (p) => !p.lower && !p.evaluate && !p.like && p.host === undefined
    )
    expect(bare.map(({ name }) => name)).toEqual(['twiceForFallback', 'bareForFallback'])
  })
})

describe('a conformance run', () => {
  const example = (prim: string): ProgramRecord => ({
    group: 'unary',
    name: prim,
    tol: 1e-6,
    jaxpr: {
      consts: [],
      in: [{ var: 'a', shape: [1], dtype: 'float32' }],
      eqns: [{ prim, in: ['a'], out: [{ var: 'b', shape: [1], dtype: 'float32' }], params: {} }],
      out: ['b']
    },
    in: [{ shape: [1], dtype: 'float32', data: [0] }],
    out: [{ shape: [1], dtype: 'float32', data: [0] }]
  })
  const compiled = modes.filter(({ name }) => name === 'compiled')[0]
  const failures = (prim: string) =>
    failuresOf(inMode(compiled, () => checkProgram(example(prim))).value)

  test('fails when the backend refuses a kernel', () => {
    expect(failures('sin')).toEqual([])
    const machine = currentBackend()
    const { supports } = machine
    const refusing = machine as { supports: typeof supports }
    refusing.supports = () => E.left('it refuses everything')
    try {
      expect(failures('sinh')).toHaveLength(2)
    } finally {
      refusing.supports = supports
    }
  })
})
