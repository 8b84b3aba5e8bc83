/** Laws of composition: transformations that look at different things do not mind the order. */
import fc from 'fast-check'
import type { NdArray } from '../src/core/array.ts'
import { isInexact, realPart } from '../src/core/dtype.ts'
import { jit } from '../src/control/jit.ts'
import { conj, real } from '../src/primitives/complex.ts'
import { convertElementType } from '../src/primitives/convert.ts'
import { add, mul } from '../src/primitives/elementwise.ts'
import { sum } from '../src/primitives/movement.ts'
import { makeAval } from '../src/trace/aval.ts'
import { vmap } from '../src/transforms/vmap.ts'
import { grad } from '../src/transforms/vjp.ts'
import { requireEqual, within, type Equality } from './comparison.ts'
import { fill } from './directions.ts'
import type { ArrayFunction, Subject } from './subject.ts'

type Law = fc.IProperty<[readonly NdArray[]]>

const all = (x: NdArray): NdArray =>
  sum(
    x,
    x.shape.map((_, i) => i)
  )

/** Σ |y|² over all results of f: one number that depends on every one of them. */
export const energy =
  (f: ArrayFunction): ((...xs: readonly NdArray[]) => NdArray) =>
  (...xs) =>
    f(...xs)
      .filter((y) => isInexact(y.dtype))
      .map((y) => {
        const square = mul(y, y.dtype.startsWith('complex') ? conj(y) : y)
        const size = y.dtype.startsWith('complex') ? real(square) : square
        return convertElementType(all(size), realPart('float64'))
      })
      .reduce(
        add,
        fill(makeAval([], 'float64'), () => 0)
      )

const livePositions = ({ live }: Subject, xs: readonly NdArray[]): readonly number[] =>
  xs.map((_, i) => i).filter((i) => isInexact(xs[i].dtype) && (live?.[i] ?? true))

/** grad of `f` in the live arguments, as a function of all of them. */
const gradients = (
  f: (...xs: readonly NdArray[]) => NdArray,
  argnums: readonly number[]
): ((...xs: readonly NdArray[]) => readonly NdArray[]) => grad(f, { argnums }) // a list by argnums

const twice = (x: NdArray): NdArray =>
  vmap((y: NdArray) => y, { axisSize: 2, inAxes: null, outAxes: 0 })(x)

/**
 * vmap (grad f) = grad (Σ ∘ vmap f), f being the energy of the subject.
 * Equality: within 1e-9 of the largest magnitude.
 */
export const gradOfVmap = (subject: Subject, equality: Equality = within(1e-9)): Law =>
  fc.property(subject.args, (xs) => {
    const argnums = livePositions(subject, xs)
    if (argnums.length === 0) return
    const f = energy(subject.f)
    const batch = xs.map(twice)
    const inside = vmap(gradients(f, argnums))(...batch)
    const outside = gradients((...ys) => all(vmap(f)(...ys)), argnums)(...batch)
    requireEqual(equality, inside, outside, 'vmap of grad = grad of vmap')
  })

/**
 * jit (grad f) = grad (jit f), f being the energy of the subject.
 * Equality: within 1e-9 of the largest magnitude.
 */
export const gradOfJit = (subject: Subject, equality: Equality = within(1e-9)): Law =>
  fc.property(subject.args, (xs) => {
    const argnums = livePositions(subject, xs)
    if (argnums.length === 0) return
    const f = energy(subject.f)
    const inside = jit(gradients(f, argnums))(...xs)
    const outside = gradients(jit(f), argnums)(...xs)
    requireEqual(equality, inside, outside, 'jit of grad = grad of jit')
  })

/**
 * jit (vmap f) = vmap (jit f).
 * Equality: within 1e-12 of the largest magnitude.
 */
export const vmapOfJit = ({ f, args }: Subject, equality: Equality = within(1e-12)): Law =>
  fc.property(args, (xs) => {
    if (xs.length === 0) return
    const batch = xs.map(twice)
    const g = (...ys: NdArray[]): readonly NdArray[] => f(...ys)
    requireEqual(equality, jit(vmap(g))(...batch), vmap(jit(g))(...batch), 'jit of vmap')
  })
