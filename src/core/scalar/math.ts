/**
 * Elementary functions of float64 numbers: the engine's, or under `config({ deterministic: true })`
 * our own.
 *
 * Engines round Math.exp and its kin as they like, and otherwise from version to version. Ours are
 * those of the kernels, compiled for one number; the backend supplies them. Nothing else in `src`
 * calls the engine's (a test reads the sources).
 */
import { settings } from '../config.ts'

/** Types whose functions differ; narrower floats are computed as float32 and rounded. */
export type OwnType = 'float32' | 'float64'

/** A function of one number or two. */
export type OwnFunction = (x: number, y?: number) => number

/** The own function of this name, if there is one. */
type Supplier = (name: string, type: OwnType) => OwnFunction | undefined

let supplier: Supplier = () => undefined

/** How own functions are found; `install.ts` says. */
export const setOwnFunctions = (supply: Supplier): void => {
  supplier = supply
}

/** The function that plain loops must use for `name`: undefined where the engine's will do. */
export const ownFunction = (name: string, type: OwnType): OwnFunction | undefined =>
  settings().deterministic ? supplier(name, type) : undefined

type Name1 =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log2'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'cbrt'

const unary = (name: Name1): ((x: number) => number) => {
  const engine = Math[name]
  let own: OwnFunction | undefined
  return (x) => {
    if (!settings().deterministic) return engine(x)
    own ??= supplier(name, 'float64')
    return (own ?? engine)(x)
  }
}

const binary = (name: 'pow' | 'atan2'): ((x: number, y: number) => number) => {
  const engine = Math[name]
  let own: OwnFunction | undefined
  return (x, y) => {
    if (!settings().deterministic) return engine(x, y)
    own ??= supplier(name, 'float64')
    return (own ?? engine)(x, y)
  }
}

export const exp = unary('exp')
export const expm1 = unary('expm1')
export const log = unary('log')
export const log2 = unary('log2')
export const log1p = unary('log1p')
export const sin = unary('sin')
export const cos = unary('cos')
export const tan = unary('tan')
export const asin = unary('asin')
export const acos = unary('acos')
export const atan = unary('atan')
export const sinh = unary('sinh')
export const cosh = unary('cosh')
export const tanh = unary('tanh')
export const asinh = unary('asinh')
export const acosh = unary('acosh')
export const atanh = unary('atanh')
export const cbrt = unary('cbrt')
export const pow = binary('pow')
export const atan2 = binary('atan2')
