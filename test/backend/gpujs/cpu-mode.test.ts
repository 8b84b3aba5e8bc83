/** The recorded float32 programs as gpu.js kernels, run by gpu.js in its cpu mode. */
import { describe, expect, test } from 'vitest'
import { jit, type NdArray } from 'cotangent'
import { lowerProgram } from '../../../src/compile/program.ts'
import { avalOf, fromHost, hostOf } from '../../../src/core/array.ts'
import { firstDifference } from '../../conformance/compare.ts'
import { decode, load } from '../../conformance/golden.ts'
import { converters } from '../../conformance/primitives/index.ts'
import type { ProgramRecord } from '../../conformance/programs.ts'
import { replay } from '../../conformance/replay.ts'
import { traceToJaxpr } from '../../../src/trace/make-jaxpr.ts'
import { message } from '../../core/message.ts'
import { openCpuMode } from '../../gpu/cpu-mode.ts'
import { fitsGpu } from '../../gpu/programs.ts'

const backend = await openCpuMode()

interface Outcome {
  /** Complex numbers are divided, and raised to powers of e, in float64. */
  readonly isComplex: boolean
  readonly failure: string | null
  readonly elsewhere: readonly string[]
}

const run = (p: ProgramRecord): Outcome => {
  const args = p.in.map(decode)
  const isComplex = JSON.stringify(p.jaxpr).includes('complex')
  const program = replay(p.jaxpr, converters)
  const { jaxpr, consts } = traceToJaxpr((...xs) => program(...xs), args.map(avalOf), p.name)
  const executable = backend.compile(lowerProgram(jaxpr))
  const placements = executable.report.placements ?? []
  const elsewhere = placements.flatMap((k) => (k.backend === 'cpu' ? [k.reason ?? ''] : []))
  try {
    const results = executable
      .run([...consts, ...args].map((x) => hostOf(x)))
      .map((data, i) => fromHost(jaxpr.outputs[i].aval, data))
    const tolerance = { tol: p.tol, elementwise: p.group.startsWith('corner') }
    const failure = firstDifference(results, p.out.map(decode), tolerance)
    return { isComplex, failure, elsewhere }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { isComplex, failure: message.split('\n')[0], elsewhere }
  }
}

/** Programs of integers that a float cannot hold: the array is refused, by name. */
const tooLarge = ['corner-int/mod', 'corner-int/remainder', 'corner-int/int_true_divide']

describe.each(['programs', 'corners'])('gpu.js kernels on %s', (name) => {
  const file = load(`test/conformance/data/${name}.json.gz`) as {
    readonly programs: readonly ProgramRecord[]
  }
  const outcomes = file.programs
    .filter(fitsGpu)
    .map((p) => ({ name: `${p.group}/${p.name}`, ...run(p) }))

  test('give the recorded results', () => {
    expect(outcomes.length).toBeGreaterThan(80)
    const wrong = outcomes.filter((o) => o.failure !== null && !tooLarge.includes(o.name))
    expect(wrong).toEqual([])
  })

  test('refuse integers that a float cannot hold', () => {
    const refused = outcomes.filter((o) => tooLarge.includes(o.name)).map((o) => o.failure)
    expect(new Set(refused)).toEqual(
      new Set(name === 'corners' ? ['gpu.js cpu memory: an integer is too large for a float'] : [])
    )
  })

  test('leave to the CPU what they cannot do, and nothing else', () => {
    const unexpected = outcomes.flatMap(({ isComplex, elsewhere }) => {
      const expected = [...expectedReasons, ...(isComplex ? ['float64 arithmetic'] : [])]
      return elsewhere.filter((reason) => !expected.includes(kindOfReason(reason)))
    })
    expect(unexpected).toEqual([])
  })
})

const kindOfReason = (reason: string): string =>
  reason.replace('in the body of the loop: ', '').replace(/^\w+ is a routine/, 'a routine')

const expectedReasons = [
  'a routine of the host',
  'the function lgamma',
  'the function digamma',
  'the bits of numbers',
  'bits of integers',
  'uint32 arithmetic, which floats cannot do',
  'uint32 data',
  'the data decide how often the loop runs',
  'a branch'
]

describe('integers beyond those of a float', () => {
  const one = (dtype: 'int32' | 'float32', value: number): NdArray =>
    fromHost(
      { shape: [1], dtype, weak: false },
      dtype === 'int32' ? Int32Array.of(value) : Float32Array.of(value)
    )
  const run = (f: (x: NdArray) => NdArray, x: NdArray): readonly number[] =>
    Array.from(backend.compile(lowerProgram(jit(f).lower(x).jaxpr)).run([hostOf(x)])[0])

  test('are refused where they arise', () => {
    expect(run((x) => x.mul(4096), one('int32', 4096))).toEqual([2 ** 24])
    expect(message(() => run((x) => x.mul(4097), one('int32', 4096)))).toMatchInlineSnapshot(`
      "DeviceError gpu.js cpu memory: an integer is too large for a float
        got:      a sum or product at position 0
        expected: integers from -16777216 to 16777216
        hint:     gpu.js kernels compute in float32; webgpu has 32-bit integers"
    `)
    expect(message(() => run((x) => x.add(1).sub(1), one('int32', 2 ** 24)))).toContain(
      'an integer is too large for a float'
    )
  })

  test('are refused on the way in', () => {
    expect(message(() => run((x) => x.add(1), one('int32', 2 ** 24 + 1)))).toMatchInlineSnapshot(`
      "DeviceError gpu.js cpu memory: an integer is too large for a float
        got:      16777217
        expected: integers from -16777216 to 16777216
        hint:     gpu.js kernels compute in float32; webgpu has 32-bit integers"
    `)
  })

  test('saturate as on the CPU when a float becomes an integer', () => {
    expect(run((x) => x.astype('int32'), one('float32', 3e9))).toEqual([2 ** 31 - 1])
    expect(run((x) => x.astype('int32'), one('float32', -3e9))).toEqual([-(2 ** 31)])
    expect(run((x) => x.astype('int32'), one('float32', 2 ** 25))).toEqual([2 ** 25])
  })
})

test('the values of a program are where it ran', () => {
  const f = jit((x) => x.mul(2))
  const args = [fromHost({ shape: [2], dtype: 'float32', weak: false }, Float32Array.of(1, 2))]
  const [value] = backend
    .compile(lowerProgram(f.lower(args[0]).jaxpr))
    .call(args.map((x) => hostOf(x)))
  expect('_tag' in value && value.device).toBe('gpu.js cpu')
  expect(avalOf(args[0]).shape).toEqual([2])
})
