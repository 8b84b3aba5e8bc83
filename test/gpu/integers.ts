/** Integers of every width, and random words: a device gives the CPU's, bit for bit. */
import { jit, lax, np, random, type NdArray } from 'cotangent'
import { bitsOf } from '../../src/core/dtype.ts'

type IntegerType = 'int32' | 'uint32' | 'int8' | 'uint16'

/** A program with its arguments; all results are compared exactly. */
export interface ExactProgram {
  readonly name: string
  readonly f: (...args: readonly NdArray[]) => readonly NdArray[]
  readonly args: readonly NdArray[]
}

/** Values around every border: signs, halves of words, what a float still holds. */
const corners: Readonly<Record<IntegerType, readonly number[]>> = {
  int32: [0, 1, -1, 7, -7, 65535, 65536, -65536, 2 ** 24 + 1, 123456789, 2 ** 31 - 1, -(2 ** 31)],
  uint32: [0, 1, 2, 7, 31, 65535, 65536, 2 ** 24 + 1, 2 ** 31 - 1, 2 ** 31, 3e9, 2 ** 32 - 1],
  int8: [0, 1, -1, 7, -7, 100, 127, -128],
  uint16: [0, 1, 7, 255, 256, 32768, 65535]
}

const arrayOf = (dtype: IntegerType, xs: readonly number[]): NdArray => {
  const data = { int32: Int32Array, uint32: Uint32Array, int8: Int8Array, uint16: Uint16Array }
  return np.array(data[dtype].from(xs))
}

const arithmetic = (x: NdArray, y: NdArray): readonly NdArray[] => [
  x.add(y), x.sub(y), x.mul(y), lax.div(x, y), lax.rem(x, y), np.maximum(x, y), np.minimum(x, y),
  x.neg(), np.abs(x), np.sign(x), np.where(np.less(x, y), y, x)
] // prettier-ignore

const bitwise = (x: NdArray, y: NdArray): readonly NdArray[] => [
  np.bitwiseAnd(x, y), np.bitwiseOr(x, y), np.bitwiseXor(x, y), np.bitwiseNot(x),
  lax.shiftLeft(x, y), lax.shiftRightLogical(x, y), lax.shiftRightArithmetic(x, y), lax.clz(x),
  lax.populationCount(x)
] // prettier-ignore

const comparisons = (x: NdArray, y: NdArray): readonly NdArray[] => [
  np.equal(x, y), np.notEqual(x, y), np.less(x, y), np.lessEqual(x, y), np.greater(x, y),
  np.greaterEqual(x, y)
] // prettier-ignore

const conversions = (x: NdArray): readonly NdArray[] =>
  (['int32', 'uint32', 'int8', 'uint16', 'float32', 'bool'] as const).map((to) => x.astype(to))

const reductions = (x: NdArray): readonly NdArray[] => [
  np.sum(x),
  np.max(x),
  np.argmin(x),
  np.sort(x),
  np.cumsum(x)
]

const ofType = (dtype: IntegerType): ExactProgram => {
  const values = corners[dtype]
  const pairs = values.flatMap((a) => values.map((b) => [a, b] as const))
  return {
    name: dtype,
    f: (x, y) => [
      ...arithmetic(x, y),
      ...bitwise(x, y),
      ...conversions(x),
      // Fewer bits are compared and summed as floats are.
      ...(bitsOf(dtype) < 32 ? [] : [...comparisons(x, y), ...reductions(x)])
    ],
    args: [
      arrayOf(dtype, pairs.map(([a]) => a)),
      arrayOf(dtype, pairs.map(([, b]) => b))
    ] // prettier-ignore
  }
}

const floats = np.array([0, 1, -1, 1.5, 0.1, 3e9, -3e9, 5e9, 1e38, -1e-37, Infinity, -Infinity])

export const exactPrograms: readonly ExactProgram[] = [
  ...(['int32', 'uint32', 'int8', 'uint16'] as const).map(ofType),
  {
    name: 'floats as integers, and their bits',
    f: (x) => [
      ...conversions(x),
      lax.bitcastConvertType(x, 'uint32'),
      lax.bitcastConvertType(x, 'int32'),
      // A step of the exponent: subnormal numbers may be flushed.
      lax.bitcastConvertType(lax.bitcastConvertType(x, 'uint32').add(2 ** 23), 'float32')
    ],
    args: [floats]
  },
  {
    name: 'random words, numbers, orders and keys',
    f: (key) => [
      random.bits(key, [64]),
      random.uniform(key, [64]),
      random.split(key, 3),
      random.randint(key, [32], 0, 1000),
      random.permutation(key, 40)
    ],
    args: [random.key(7)]
  }
]

const compiledFor = (p: ExactProgram, device: string) => jit(p.f, { device }) // prettier-ignore

/** Where the device differs from the CPU: program, result and position. */
export const differences = async (device: string): Promise<readonly string[]> => {
  const found: string[] = []
  for (const p of exactPrograms) {
    const [here, there] = await Promise.all(
      [device, 'cpu'].map((d) =>
        Promise.all(compiledFor(p, d)(...p.args).map(async (x) => Array.from(await x.data())))
      )
    )
    here.forEach((result, i) => {
      const at = result.findIndex((v, j) => !Object.is(v, there[i][j]))
      if (at >= 0)
        found.push(`${p.name}, result ${i}, element ${at}: ${result[at]}, not ${there[i][at]}`)
    })
  }
  return found
}
