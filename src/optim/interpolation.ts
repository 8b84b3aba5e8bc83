/** Where polynomials through points of a line have their minimum. */
import type { NdArray } from '../core/array.ts'
import * as lax from '../lax/index.ts'

interface At {
  readonly step: NdArray
  readonly value: NdArray
  readonly slope: NdArray
}

/**
 * The minimum of the cubic with the value and slope of `a` and the values of `b` and `c`; NaN
 * where it has none.
 *
 * Source: Nocedal & Wright 2006, §3.5, for three points.
 */
export const cubicMinimum = (a: At, b: At, c: At): NdArray => {
  const [db, dc] = [lax.sub(b.step, a.step), lax.sub(c.step, a.step)]
  const [rb, rc] = [
    lax.sub(lax.sub(b.value, a.value), lax.mul(a.slope, db)),
    lax.sub(lax.sub(c.value, a.value), lax.mul(a.slope, dc))
  ]
  const square = (x: NdArray): NdArray => lax.mul(x, x)
  const cube = (x: NdArray): NdArray => lax.mul(square(x), x)
  const scale = lax.mul(square(lax.mul(db, dc)), lax.sub(db, dc))
  const third = lax.div(lax.sub(lax.mul(square(dc), rb), lax.mul(square(db), rc)), scale)
  const second = lax.div(lax.sub(lax.mul(cube(db), rc), lax.mul(cube(dc), rb)), scale)
  const radical = lax.sub(square(second), lax.mul(lax.mul(third, a.slope), 3))
  const offset = lax.div(lax.sub(lax.sqrt(radical), second), lax.mul(third, 3))
  return lax.add(a.step, offset)
}

/** The minimum of the parabola with the value and slope of `a` and the value of `b`. */
export const quadraticMinimum = (a: At, b: At): NdArray => {
  const db = lax.sub(b.step, a.step)
  const rest = lax.sub(lax.sub(b.value, a.value), lax.mul(a.slope, db))
  const curvature = lax.div(rest, lax.mul(db, db))
  return lax.sub(a.step, lax.div(a.slope, lax.mul(curvature, 2)))
}
