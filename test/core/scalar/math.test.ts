import { describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { config } from '../../../src/core/config.ts'
import * as math from '../../../src/core/scalar/math.ts'
import { filesUnder, read } from '../../tools/sources.ts'

const engineFunctions =
  /Math\.(?:exp|expm1|log|log2|log10|log1p|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|cbrt|hypot)\b/

/** Where a logarithm counts bits or steps, and no value is made of it. */
const counting = [
  'src/backend/cpu/memory/size-class.ts',
  'src/backend/cpu/product/gemm-pack.ts',
  'src/backend/cpu/routines/fourier.ts',
  'src/backend/gpujs/passes/split-sort.ts',
  'src/core/dense/fft-plan.ts',
  'src/core/scalar/rounding.ts',
  'src/kernel/cost.ts',
  'src/random/choice.ts',
  'src/random/permutation.ts'
]

describe('elementary functions', () => {
  test('of the engine are called in one place, and where it only counts', () => {
    const isCode = (line: string): boolean => !/^\s*(?:\*|\/\/|\/\*)/.test(line)
    const calling = filesUnder('src', '.ts').filter((path) =>
      read(path)
        .split('\n')
        .some((line) => isCode(line) && engineFunctions.test(line))
    )
    expect(calling).toEqual(counting)
  })

  test("are the engine's, and our own for reproducible results", () => {
    const before = config({ deterministic: false })
    try {
      expect(math.ownFunction('exp', 'float64')).toBe(undefined)
      expect(math.pow(1.5, 2.5)).toBe(1.5 ** 2.5)
      config({ deterministic: true })
      // Rounded from 300 bits; the engine of Node 20 is off by 349 units in the last place.
      expect(math.pow(1.0000001652986261, -4222130136.4842863)).toBe(7.95352391665753e-304)
      expect(math.ownFunction('exp', 'float32')?.(1)).toBe(Math.fround(Math.E))
    } finally {
      config(before)
    }
  })
})
