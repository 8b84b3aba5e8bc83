/** Windows that taper a finite signal. Shape: -> [m]; float32 of values computed in float64. */
import { fromHost, makeAval, type ArrayLike, type NdArray } from '../core/array.ts'
import { ValueError } from '../core/errors.ts'
import { iota } from '../primitives/iota.ts'
import { divide, multiply, subtract, square, maximum } from './arithmetic.ts'
import { i0, sqrt } from './exponential.ts'
import { cospi } from '../core/scalar/trigonometry-pi.ts'

const sampled = (name: string, m: number, at: (n: number) => number): NdArray => {
  checkLength(name, m)
  const data = m === 1 ? new Float32Array([1]) : Float32Array.from({ length: m }, (_, n) => at(n))
  return fromHost(makeAval([m], 'float32'), data)
}

const checkLength = (name: string, m: number): void => {
  if (Number.isInteger(m) && m >= 0) return
  throw new ValueError(`np.${name}`, {
    problem: 'the window has no length',
    got: String(m),
    expected: 'an integer of at least 0',
    hint: 'the length is known when the program is written'
  })
}

const cosines =
  (name: string, ...weights: readonly number[]) =>
  (m: number): NdArray =>
    sampled(name, m, (n) =>
      weights.reduce((sum, w, k) => sum + w * cospi((2 * k * n) / (m - 1)), 0)
    )

/** A triangle with zeros at both ends. */
export const bartlett = (m: number): NdArray =>
  sampled('bartlett', m, (n) => 1 - Math.abs((2 * n) / (m - 1) - 1))

/** 0.42 − 0.5 cos(2πn/(m−1)) + 0.08 cos(4πn/(m−1)). (Blackman & Tukey 1958) */
export const blackman = cosines('blackman', 0.42, -0.5, 0.08)

/** 0.54 − 0.46 cos(2πn/(m−1)). */
export const hamming = cosines('hamming', 0.54, -0.46)

/** 0.5 − 0.5 cos(2πn/(m−1)). */
export const hanning = cosines('hanning', 0.5, -0.5)

/** I₀(β √(1 − (2n/(m−1) − 1)²)) / I₀(β), differentiable in β. (Kaiser & Schafer 1980) */
export const kaiser = (m: number, beta: ArrayLike): NdArray => {
  checkLength('kaiser', m)
  if (m === 1) return sampled('kaiser', 1, () => 1)
  const t = subtract(divide(multiply(iota('float32', [m]), 2), m - 1), 1)
  return divide(i0(multiply(beta, sqrt(maximum(subtract(1, square(t)), 0)))), i0(beta))
}
