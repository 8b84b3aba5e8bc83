/** Chains of plane rotations of neighbouring rows, as the QR iterations make them. */

import type { Dense } from './dense.ts'

/** Rotation i takes rows i and i + 1: x' = c x + s y, y' = c y − s x. */
export interface Rotations {
  readonly cos: Float64Array
  readonly sin: Float64Array
}

export const createRotations = (n: number): Rotations => ({
  cos: new Float64Array(n),
  sin: new Float64Array(n)
})

const one = (x: Float64Array, n: number, row: number, { cos, sin }: Rotations): void => {
  const c = cos[row]
  const s = sin[row]
  let i = row * n
  for (const end = i + n; i < end; i++) {
    const a = x[i]
    const b = x[i + n]
    x[i] = c * a + s * b
    x[i + n] = c * b - s * a
  }
}

/** Rotations lo … hi − 1, one after the other. Shape: x [_, n]. */
export const rotateRows = (
  x: Dense | null,
  n: number,
  rotations: Rotations,
  lo: number,
  hi: number
): void => {
  if (x === null) return
  for (const part of x.im === null ? [x.re] : [x.re, x.im])
    for (let row = lo; row < hi; row++) one(part, n, row, rotations)
}
