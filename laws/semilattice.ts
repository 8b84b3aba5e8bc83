/** Laws of a bounded join semilattice, such as the promotion of element types. */
import fc from 'fast-check'
import type { BoundedJoinSemilattice } from 'fp-ts/lib/BoundedJoinSemilattice.js'
import { LawError } from './comparison.ts'

/** A semilattice with elements to try it on. Equality: exact, by ===. */
export interface SemilatticeSubject<A> {
  readonly lattice: BoundedJoinSemilattice<A>
  readonly elements: fc.Arbitrary<A>
}

const same = (x: unknown, y: unknown, equation: string): void => {
  if (x !== y) throw new LawError(`${equation}: ${String(x)} and ${String(y)}`)
}

/** (x ∨ y) ∨ z = x ∨ (y ∨ z). */
export const associativity = <A>({
  lattice: { join },
  elements
}: SemilatticeSubject<A>): fc.IProperty<[A, A, A]> =>
  fc.property(elements, elements, elements, (x, y, z) =>
    same(join(join(x, y), z), join(x, join(y, z)), '(x ∨ y) ∨ z = x ∨ (y ∨ z)')
  )

/** x ∨ y = y ∨ x. */
export const commutativity = <A>({
  lattice: { join },
  elements
}: SemilatticeSubject<A>): fc.IProperty<[A, A]> =>
  fc.property(elements, elements, (x, y) => same(join(x, y), join(y, x), 'x ∨ y = y ∨ x'))

/** x ∨ x = x. */
export const idempotence = <A>({
  lattice: { join },
  elements
}: SemilatticeSubject<A>): fc.IProperty<[A]> =>
  fc.property(elements, (x) => same(join(x, x), x, 'x ∨ x = x'))

/** 0 ∨ x = x. */
export const bound = <A>({
  lattice: { join, zero },
  elements
}: SemilatticeSubject<A>): fc.IProperty<[A]> =>
  fc.property(elements, (x) => same(join(zero, x), x, '0 ∨ x = x'))
