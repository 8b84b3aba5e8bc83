/** Laws of a monoid. The equality is the caller's: optimizers, for one, are equal by what they emit. */
import fc from 'fast-check'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { LawError } from './comparison.ts'

/** A monoid with elements to try it on, and when two of them are the same. */
export interface MonoidSubject<A> {
  readonly monoid: Monoid<A>
  readonly elements: fc.Arbitrary<A>
  readonly equals: (x: A, y: A) => boolean
}

const require = (holds: boolean, equation: string): void => {
  if (!holds) throw new LawError(`${equation} does not hold`)
}

/** (x · y) · z = x · (y · z). */
export const associativity = <A>(m: MonoidSubject<A>): fc.IProperty<[A, A, A]> =>
  fc.property(m.elements, m.elements, m.elements, (x, y, z) => {
    const { concat } = m.monoid
    require(m.equals(concat(concat(x, y), z), concat(x, concat(y, z))), '(x · y) · z = x · (y · z)')
  })

/** 1 · x = x = x · 1. */
export const unit = <A>(m: MonoidSubject<A>): fc.IProperty<[A]> =>
  fc.property(m.elements, (x) => {
    const { concat, empty } = m.monoid
    require(m.equals(concat(empty, x), x), '1 · x = x')
    require(m.equals(concat(x, empty), x), 'x · 1 = x')
  })

/** x · y = y · x, for monoids that say so. */
export const commutativity = <A>(m: MonoidSubject<A>): fc.IProperty<[A, A]> =>
  fc.property(m.elements, m.elements, (x, y) =>
    require(m.equals(m.monoid.concat(x, y), m.monoid.concat(y, x)), 'x · y = y · x')
  )
