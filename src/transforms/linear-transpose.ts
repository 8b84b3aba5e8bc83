/** The transpose of a linear function, as a function. */
import { checkFunction } from '../core/errors.ts'
import { avalOf, type NdArray } from '../core/array.ts'
import { unflatten } from '../core/tree.ts'
import { requireSame } from '../core/structure.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { arraysOf, flatFunction, nameOf } from '../trace/flat.ts'
import { traceToJaxpr } from '../trace/make-jaxpr.ts'
import { outputAvals } from '../trace/jaxpr.ts'
import { unknown, type Tangent } from '../trace/primitive.ts'
import { backward } from './transpose.ts'
import { checkCotangents } from './check.ts'

/**
 * The transpose of a function that is linear in all its arguments; `primals` give only structure,
 * shapes and types. Returns cotangent -> [one cotangent per argument].
 *
 * Errors: TransformError when the function is not linear.
 *
 * @example
 * linearTranspose((x) => x.mul(3), [np.array(0)])(np.array(2))[0].item() // => 6
 */
export const linearTranspose = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  primals: A
): ((cotangent: O) => A) => {
  checkFunction('linearTranspose', f)
  const [args, structure] = arraysOf(primals, 'linearTranspose')
  const flat = flatFunction(f, structure, 'linearTranspose')
  const name = nameOf('linearTranspose', f)
  const { jaxpr, consts } = traceToJaxpr(flat.call, args.map(avalOf), name)
  const out = flat.structure()
  const zeros = outputAvals(jaxpr).map((aval) => instantiate({ _tag: 'zero', aval }))
  return (cotangent) => {
    const [cts, given] = arraysOf(cotangent, name)
    requireSame(name, out, given, 'give one cotangent for each result')
    const checked: readonly NdArray[] = checkCotangents(name, zeros, cts)
    const results = backward(jaxpr, [...consts, ...args.map((x) => unknown(avalOf(x)))], checked)
    // Every argument is linear, so every one has a cotangent.
    const own = results.slice(consts.length) as readonly Tangent[]
    return unflatten(structure, own.map(instantiate)) as A
  }
}
