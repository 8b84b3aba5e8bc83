/**
 * Elementary functions in float32, as text that both shading languages are made from.
 *
 * Drivers' own functions are too coarse (exp by 160 ulp near 80) or wrong in the corners, so these
 * are ours: at most 1e-6 relative error or 4 ulp, sin and cos 1e-6 absolute. The text is
 * the part of JavaScript that gpu.js takes: scalars are floats, `Math.` is followed by floor, abs
 * or sqrt, which every driver rounds well. `inf` is an argument wherever it is needed, because
 * literals of it do not survive. `pow2` (2^k, −126 ≤ k ≤ 127) and `exponent` (⌊log2 x⌋ of a normal
 * positive x) are the two functions that each language brings itself.
 *
 * Source: argument reductions after Cody and Waite 1980; minimax polynomials after Moshier's
 * Cephes (single precision); erfInv after Giles 2010.
 */
import { exponentialFunctions } from './elementary/exponential.ts'
import { hyperbolicFunctions } from './elementary/hyperbolic.ts'
import { trigonometricFunctions } from './elementary/trigonometric.ts'
import { errorFunctions } from './elementary/error-function.ts'
import { gammaFunctions } from './elementary/gamma.ts'
import { powerFunctions } from './elementary/power.ts'
import type { Functions } from './elementary/text.ts'

/** By name; what a body calls is found by name. */
export const elementaryFunctions: Functions = {
  ...exponentialFunctions,
  ...hyperbolicFunctions,
  ...trigonometricFunctions,
  ...errorFunctions,
  ...powerFunctions,
  ...gammaFunctions
}

/** The functions that the named ones need, themselves included, callees first. */
export const withCallees = (names: Iterable<string>): readonly string[] => {
  const order: string[] = []
  const visit = (name: string): void => {
    if (order.includes(name)) return
    for (const [called] of elementaryFunctions[name].body.matchAll(/\b[a-z]\w*(?=\()/gi))
      if (called !== name && Object.hasOwn(elementaryFunctions, called)) visit(called)
    order.push(name)
  }
  for (const name of names) visit(name)
  return order
}
