/** Elementary functions on a device against float64, over ranges where they are hard. */
import { jit, lax, np, type NdArray } from 'cotangent'

interface Case {
  readonly name: string
  readonly f: (x: NdArray) => NdArray
  readonly exact: (x: number) => number
  readonly from: number
  readonly to: number
  /** Bound of the absolute error instead of the relative one. */
  readonly absolute?: number
}

/** Relative error that every function keeps, or four units in the last place. */
export const relativeBound = 1e-6

const erfSeries = (x: number): number => {
  let term = x
  let sum = x
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

/** Both by steps up to 30 and Stirling's series, in float64. */
const logGamma = (x: number): number => {
  let [y, product] = [x, 1]
  while (y < 30) product *= y++
  const series = 1 / (12 * y) - 1 / (360 * y ** 3) + 1 / (1260 * y ** 5)
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
}
const digamma = (x: number): number => {
  let [y, sum] = [x, 0]
  while (y < 30) sum += 1 / y++
  return Math.log(y) - 0.5 / y - 1 / (12 * y ** 2) + 1 / (120 * y ** 4) - 1 / (252 * y ** 6) - sum
}

const on = (
  name: string,
  f: (x: NdArray) => NdArray,
  exact: (x: number) => number,
  from: number,
  to: number,
  absolute?: number
): Case => ({ name, f, exact, from, to, ...(absolute === undefined ? {} : { absolute }) })

const cases: readonly Case[] = [
  on('exp', np.exp, Math.exp, -87, 88),
  on('exp2', np.exp2, (x) => 2 ** x, -125, 127),
  on('expm1', np.expm1, Math.expm1, -1e-3, 1e-3),
  on('expm1 far', np.expm1, Math.expm1, -20, 80),
  on('log', np.log, Math.log, 1e-30, 1e-3),
  on('log near 1', np.log, Math.log, 0.5, 2),
  on('log far', np.log, Math.log, 1, 1e30),
  on('log2', np.log2, Math.log2, 1e-3, 1e3),
  on('log1p', np.log1p, Math.log1p, -1e-3, 1e-3),
  on('log1p far', np.log1p, Math.log1p, -0.99, 1e6),
  on('sin', np.sin, Math.sin, -1024, 1024, 1e-6),
  on('cos', np.cos, Math.cos, -1024, 1024, 1e-6),
  on('sin of large angles', np.sin, Math.sin, 1e6, 1e9, 1e-6),
  on('tan', np.tan, Math.tan, -1.5, 1.5),
  on('asin', np.arcsin, Math.asin, -1, 1),
  on('acos', np.arccos, Math.acos, -1, 0.999),
  on('atan', np.arctan, Math.atan, -30, 30),
  on('sinh', np.sinh, Math.sinh, -80, 80),
  on('cosh', np.cosh, Math.cosh, -80, 80),
  on('tanh', np.tanh, Math.tanh, -20, 20),
  on('tanh near 0', np.tanh, Math.tanh, -1e-3, 1e-3),
  on('asinh', np.arcsinh, Math.asinh, -1e4, 1e4),
  on('acosh', np.arccosh, Math.acosh, 1.001, 1e4),
  on('atanh', np.arctanh, Math.atanh, -0.999, 0.999),
  on('logistic', lax.logistic, (x) => 1 / (1 + Math.exp(-x)), -80, 80),
  on('erf', lax.erf, erfSeries, -3, 3),
  on('erfc', lax.erfc, (x) => 1 - erfSeries(x), -3, 0.5),
  on('lgamma', lax.lgamma, logGamma, 1e-3, 40),
  on('lgamma far', lax.lgamma, logGamma, 1, 1e30),
  on('digamma', lax.digamma, digamma, 1e-3, 40),
  on('digamma of negative numbers', lax.digamma, (x) => digamma(1 - x) - Math.PI / Math.tan(Math.PI * x), -0.45, -0.05),
  on('sqrt', np.sqrt, Math.sqrt, 0, 1e6),
  on('cbrt', np.cbrt, Math.cbrt, -1e6, 1e6),
  on('pow 2.5', (x) => np.power(x, np.fullLike(x, 2.5)), (x) => x ** 2.5, 1e-6, 1e6),
  on('pow -11.3', (x) => np.power(x, np.fullLike(x, -11.300000190734863)), (x) => x ** -11.300000190734863, 0.01, 100),
  on('1.0001 to a power', (x) => np.power(np.fullLike(x, 1.000100016593933), x), (x) => 1.000100016593933 ** x, -5e5, 5e5)
] // prettier-ignore

const count = 4096

const points = ({ from, to }: Case): Float32Array =>
  Float32Array.from({ length: count }, (_, i) =>
    from > 0 && to / from > 1e4
      ? from * (to / from) ** ((i + 0.5) / count)
      : from + ((to - from) * (i + 0.5)) / count
  )

/** Units in the last place between float32 values. */
const ulps = (error: number, y: number): number =>
  error / 2 ** Math.max(-149, Math.floor(Math.log2(Math.max(Math.abs(y), 1e-38))) - 23)

/** The functions whose error is too large, with their largest error. */
export const worstErrors = async (device: string): Promise<readonly string[]> => {
  const failures: string[] = []
  for (const c of cases) {
    const xs = points(c)
    const values = await jit(c.f, { device })(np.array(Array.from(xs))).data()
    let [worst, at] = [0, 0]
    xs.forEach((x, i) => {
      const y = c.exact(x)
      const error = Math.abs(values[i] - y)
      const part =
        c.absolute === undefined
          ? Math.min(error / (relativeBound * Math.abs(y)), ulps(error, y) / 4)
          : error / c.absolute
      if (!(part <= worst) && y !== values[i]) [worst, at] = [part, i]
    })
    if (!(worst <= 1))
      failures.push(
        `${c.name}(${xs[at]}) = ${values[at]}, not ${c.exact(xs[at])}: ${worst} times the bound`
      )
  }
  return failures
}
