/**
 * sin(πx) and cos(πx) with the argument reduced before the multiplication by π,
 * so that the zeros are exact and large arguments keep full relative accuracy.
 */

import { cosSmall, sinSmall } from './first-octant.ts'

/** sin(πx): exact at integers and half-integers; a zero has the sign of x; NaN at ±Infinity. */
export const sinpi = (x: number): number => {
  const r = Math.abs(x) % 2 // exact
  let y: number
  if (r === Math.floor(r)) y = 0
  else if (r <= 0.25) y = sinSmall(Math.PI * r)
  else if (r < 0.75) y = cosSmall(Math.PI * (0.5 - r))
  else if (r <= 1.25) y = sinSmall(Math.PI * (1 - r))
  else if (r < 1.75) y = -cosSmall(Math.PI * (1.5 - r))
  else y = sinSmall(Math.PI * (r - 2))
  if (r !== r) return NaN
  return x < 0 || Object.is(x, -0) ? -y : y
}

/** cos(πx): exact at integers and half-integers; NaN at ±Infinity. */
export const cospi = (x: number): number => {
  const r = Math.abs(x) % 2
  if (r !== r) return NaN
  if (r <= 0.25) return cosSmall(Math.PI * r)
  if (r < 0.75) return r === 0.5 ? 0 : sinSmall(Math.PI * (0.5 - r))
  if (r <= 1.25) return -cosSmall(Math.PI * (1 - r))
  if (r < 1.75) return r === 1.5 ? 0 : sinSmall(Math.PI * (r - 1.5))
  return cosSmall(Math.PI * (2 - r))
}

/** NumPy's normalised sinc: sin(πx)/(πx), 1 at 0. */
export const sinc = (x: number): number => (x === 0 ? 1 : sinpi(x) / (Math.PI * x))
