/** Elementwise programs: plain loops, kernels and jit must give the same bits. */
import { lax, nn, np, type NdArray } from 'cotangent'

export type Program = (...xs: readonly NdArray[]) => readonly NdArray[]

export interface Case {
  readonly f: Program
  readonly args: readonly NdArray[]
}

/** Pseudo-random bits. Source: Marsaglia 2003, xorshift. */
export const bitsOf = (count: number, seed: number): Uint32Array => {
  let state = seed | 1
  return Uint32Array.from({ length: count }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.imul(state, 0x9e3779b1)
  })
}

const COUNT = 1531

/** Numbers of every exponent; and numbers round one, where most functions change. */
const operand = (dtype: 'float32' | 'float64', seed: number): NdArray => {
  const bits = bitsOf(2 * COUNT, seed)
  const any = dtype === 'float32' ? new Float32Array(bits.buffer) : new Float64Array(bits.buffer)
  const values = Array.from({ length: COUNT }, (_, i) =>
    i % 3 === 0 ? any[i] : ((bits[i] % 20001) - 10000) / (i % 3 === 1 ? 999 : 9999)
  )
  return np.array(values, { dtype })
}

export const uniform = (seed: number, ...shape: readonly number[]): NdArray =>
  np
    .array(Array.from(bitsOf(np.zeros(shape).size, seed), (b) => (b % 4001) / 2000 - 1))
    .reshape(shape)

type Unary = (x: NdArray) => NdArray
type Binary = (x: NdArray, y: NdArray) => NdArray

// prettier-ignore
const unaries: Readonly<Record<string, Unary>> = {
  exp: lax.exp, exp2: lax.exp2, expm1: lax.expm1, log: lax.log, log2: np.log2, log1p: lax.log1p,
  logistic: lax.logistic, tanh: lax.tanh, sinh: lax.sinh, cosh: lax.cosh, asinh: lax.asinh,
  acosh: lax.acosh, atanh: lax.atanh, sin: lax.sin, cos: lax.cos, tan: lax.tan, asin: lax.asin,
  acos: lax.acos, atan: lax.atan, cbrt: lax.cbrt, rsqrt: lax.rsqrt, sqrt: lax.sqrt,
  erf: lax.erf, erfc: lax.erfc, erfInv: lax.erfInv, lgamma: lax.lgamma, digamma: lax.digamma,
  besselI0e: lax.besselI0e, besselI1e: lax.besselI1e,
  square: lax.square, cube: (x) => lax.integerPow(x, 3), inverse: (x) => lax.integerPow(x, -2),
  gelu: (x) => nn.gelu(x), softplus: (x) => nn.softplus(x), silu: (x) => nn.silu(x),
  half: (x) => lax.exp(x.astype('float16')), bfloat: (x) => lax.tanh(x.astype('bfloat16'))
}

const binaries: Readonly<Record<string, Binary>> = {
  add: lax.add,
  mul: lax.mul,
  div: lax.div,
  rem: lax.rem,
  pow: lax.pow,
  atan2: lax.atan2,
  nextafter: lax.nextafter,
  logaddexp: np.logaddexp,
  hypot: np.hypot,
  multiplyAdd: (x, y) => lax.add(lax.mul(x, y), lax.sub(y, lax.mul(x, x))),
  tanhSigmoid: (x, y) => lax.add(lax.mul(lax.tanh(lax.add(lax.mul(x, y), y)), x), lax.logistic(y))
}

export const elementwise: Readonly<Record<string, Case>> = Object.fromEntries(
  (['float32', 'float64'] as const).flatMap((dtype) => {
    const [x, y] = [operand(dtype, 1), operand(dtype, 2)]
    return [
      ...Object.entries(unaries).map(([name, f]): readonly [string, Case] => [
        `${name} ${dtype}`,
        { f: (a) => [f(a)], args: [x] }
      ]),
      ...Object.entries(binaries).map(([name, f]): readonly [string, Case] => [
        `${name} ${dtype}`,
        { f: (a, b) => [f(a, b)], args: [x, y] }
      ])
    ]
  })
)
