/** Laws of compilation: running faster means nothing else. */
import fc from 'fast-check'
import type { NdArray } from '../src/core/array.ts'
import { config, type Config } from '../src/core/config.ts'
import { jit } from '../src/control/jit.ts'
import { makeAval } from '../src/core/array.ts'
import { avalOf, strong } from '../src/trace/aval.ts'
import { outputAvals } from '../src/trace/jaxpr.ts'
import { traceToJaxpr } from '../src/trace/make-jaxpr.ts'
import { exact, LawError, requireEqual, rounding, type Equality } from './comparison.ts'
import type { ArrayFunction, Subject } from './subject.ts'

type Law = fc.IProperty<[readonly NdArray[]]>

/** What `f` gives under these settings, which are put back however it ends. */
export const under = <T>(settings: Partial<Config>, f: () => T): T => {
  const before = config(settings)
  try {
    return f()
  } finally {
    config(before)
  }
}

/** By reference rules alone, operation by operation: the oracle. */
const byReference = (f: ArrayFunction, xs: readonly NdArray[]): readonly NdArray[] =>
  under({ eagerThreshold: Infinity }, () => f(...xs))

/**
 * jit f = f.
 * Equality: within 1e-6 (32 bits) or 1e-13 (64) of the largest magnitude.
 */
export const jitIsIdentity = ({ f, args }: Subject, equality: Equality = rounding): Law => {
  const jitted = jit((...xs: NdArray[]) => f(...xs))
  return fc.property(args, (xs) =>
    requireEqual(equality, jitted(...xs), byReference(f, xs), 'jit f = f')
  )
}

/**
 * jit f = f for programs of elementwise operations under `config({ deterministic: true })`.
 * Equality: exact.
 */
export const jitIsExactlyIdentity = ({ f, args }: Subject): Law => {
  const jitted = jit((...xs: NdArray[]) => f(...xs))
  return fc.property(args, (xs) =>
    under({ deterministic: true }, () =>
      requireEqual(exact, jitted(...xs), byReference(f, xs), 'jit f = f, deterministic')
    )
  )
}

/**
 * The kernel of each operation, compiled alone, gives what its reference rule gives.
 * Equality: within 1e-6 (32 bits) or 1e-13 (64) of the largest magnitude.
 */
export const kernelIsReference = ({ f, args }: Subject, equality: Equality = rounding): Law =>
  fc.property(args, (xs) => {
    const compiled = under({ eagerThreshold: 0 }, () => f(...xs))
    requireEqual(equality, compiled, byReference(f, xs), 'kernel = reference')
  })

/**
 * evalShape f = the types of f(x): abstract evaluation tells the truth.
 * Equality: exact, weakness aside.
 */
export const typesAreKept = ({ f, args }: Subject): Law =>
  fc.property(args, (xs) => {
    const { jaxpr } = traceToJaxpr((...ys) => f(...ys), xs.map(avalOf), 'f')
    const told = outputAvals(jaxpr).map(strong)
    const found = f(...xs).map((y) => makeAval(y.shape, y.dtype))
    if (JSON.stringify(told) !== JSON.stringify(found))
      throw new LawError(`types ${JSON.stringify(told)} instead of ${JSON.stringify(found)}`)
  })
