/** The recorded float32 programs as gpu.js kernels, run by gpu.js in its cpu mode. */
import { describe, expect, test } from 'vitest'
import { jit, lax, np } from 'cotangent'
import type { Backend } from '../../../src/backend/backend.ts'
import { createCpuBackend } from '../../../src/backend/cpu/program.ts'
import { lowerProgram } from '../../../src/compile/program.ts'
import { avalOf, fromHost, hostOf } from '../../../src/core/array.ts'
import { firstDifference } from '../../conformance/compare.ts'
import { decode, load } from '../../conformance/golden.ts'
import { converters } from '../../conformance/primitives/index.ts'
import type { ProgramRecord } from '../../conformance/programs.ts'
import { replay } from '../../conformance/replay.ts'
import { traceToJaxpr } from '../../../src/trace/make-jaxpr.ts'
import { openCpuMode } from '../../gpu/cpu-mode.ts'
import { exactPrograms, type ExactProgram } from '../../gpu/integers.ts'
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

describe.each(['programs', 'corners'])('gpu.js kernels on %s', (name) => {
  const file = load(`test/conformance/data/${name}.json.gz`) as {
    readonly programs: readonly ProgramRecord[]
  }
  const outcomes = file.programs
    .filter(fitsGpu)
    .map((p) => ({ name: `${p.group}/${p.name}`, ...run(p) }))

  test('give the recorded results', () => {
    expect(outcomes.length).toBeGreaterThan(80)
    const wrong = outcomes.filter((o) => o.failure !== null)
    expect(wrong).toEqual([])
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
  'the bits of numbers',
  'the data decide how often the loop runs',
  'a branch'
]

const results = (p: ExactProgram, on: Backend): readonly (readonly number[])[] =>
  on
    .compile(lowerProgram(jit(p.f).lower(...p.args).jaxpr))
    .run(p.args.map((x) => hostOf(x)))
    .map((data) => Array.from(data))

test.each(exactPrograms.map((p) => [p.name, p] as const))(
  '%s are bit for bit those of the CPU',
  (_name, p) => {
    const { report } = backend.compile(lowerProgram(jit(p.f).lower(...p.args).jaxpr))
    expect(new Set(report.placements?.map((k) => k.backend))).toEqual(new Set(['gpu.js cpu']))
    expect(results(p, backend)).toEqual(results(p, createCpuBackend()))
  }
)

const products: Readonly<Record<string, ExactProgram>> = {
  'matrices whose columns are no fours': {
    name: 'product',
    f: (x, y) => [np.matmul(x, y).add(1), np.matmul(np.transpose(y), np.transpose(x))],
    args: [
      np
        .arange(70 * 20)
        .reshape([70, 20])
        .sub(500),
      np.arange(20 * 66).reshape([20, 66])
    ]
  },
  'images and kernels': {
    name: 'convolution',
    f: (x, w) => [
      lax.convGeneralDilated(x, w, {
        padding: 'same',
        windowStrides: [2, 1],
        dimensionNumbers: ['NHWC', 'HWIO', 'NHWC']
      })
    ],
    args: [np.arange(2 * 18 * 20 * 3).reshape([2, 18, 20, 3]), np.arange(9 * 3 * 14).reshape([3, 3, 3, 14])] // prettier-ignore
  }
}

test.each(Object.entries(products))('%s are multiplied by fours', (_name, p) => {
  const expected = results(p, createCpuBackend())
  results(p, backend).forEach((result, i) => {
    expect(result.length).toBeGreaterThan(2 ** 12)
    const worst = Math.max(...result.map((v, j) => Math.abs(v - expected[i][j])))
    expect(worst).toBeLessThan(1e-6 * Math.max(...expected[i].map(Math.abs)))
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
