/** A value that derivatives take for a constant. */
import { unflatten } from '../core/tree.ts'
import { stopGradient as stop } from '../primitives/identity.ts'
import { arraysOf } from '../trace/flat.ts'

/**
 * The tree as it is, with derivative zero.
 *
 * @example
 * grad((x) => x.mul(stopGradient(x)))(3).item() // => 3
 */
export const stopGradient = <T>(x: T): T => {
  const [leaves, structure] = arraysOf(x, 'stopGradient')
  return unflatten(structure, leaves.map(stop)) as T
}
