/** What a function is, without running it: its program, and the shapes it returns. */
import { checkFunction } from '../core/errors.ts'
import { avalOf, makeAval, makeTracer, type Aval, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import type { Shape } from '../core/shape.ts'
import { unflatten } from '../core/tree.ts'
import { arraysOf, flatFunction, nameOf } from '../trace/flat.ts'
import { outputAvals, type ClosedJaxpr } from '../trace/jaxpr.ts'
import { traceToJaxpr } from '../trace/make-jaxpr.ts'
import { show } from '../trace/show.ts'

type AnyFunction = (...args: never[]) => unknown

/** A traced program. Printing it gives JAX's notation. */
export interface PrintableJaxpr extends ClosedJaxpr {
  readonly toString: () => string
}

const traceArguments = (
  operation: string,
  f: AnyFunction,
  args: readonly unknown[]
): { readonly closed: ClosedJaxpr; readonly outTree: (leaves: readonly unknown[]) => unknown } => {
  checkFunction(operation, f)
  const [arrays, structure] = arraysOf(args, operation)
  const flat = flatFunction(f, structure, operation)
  const closed = traceToJaxpr(flat.call, arrays.map(avalOf), nameOf(operation, f))
  return { closed, outTree: (leaves) => unflatten(flat.structure(), leaves) }
}

/**
 * The program that `f` is for arguments like these. It composes with every transformation:
 * `makeJaxpr(grad(f))(x)`.
 *
 * @example
 * String(makeJaxpr((x: NdArray) => x.add(1))(np.array([2]))).includes('add') // => true
 */
export const makeJaxpr =
  <A extends readonly unknown[]>(f: (...args: A) => unknown) =>
  (...args: A): PrintableJaxpr => {
    const { closed } = traceArguments('makeJaxpr', f, args)
    return { ...closed, toString: () => show(closed.jaxpr, closed.consts.length) }
  }

const nobody = { name: 'evalShape' }

/** An array with a type and no values: reading it is an error that names evalShape. */
const placeholder = (aval: Aval): NdArray => makeTracer(aval, nobody, {})

/** Shape and type of an array that does not exist. */
export interface ShapeDType {
  readonly shape: Shape
  readonly dtype: DType
}

/** A stand-in for arguments of `evalShape`, with no values behind it. */
export const shapeDType = (shape: Shape, dtype: DType = 'float32'): ShapeDType => ({ shape, dtype })

const isShapeDType = (x: unknown): x is ShapeDType =>
  typeof x === 'object' && x !== null && 'shape' in x && 'dtype' in x && Object.keys(x).length === 2

/**
 * Shapes and types of f(...args), without computing anything. Arguments are arrays, trees of them,
 * or `{ shape, dtype }`.
 *
 * @example
 * evalShape((x: NdArray) => x.sum(), np.zeros([2, 3])).shape // => []
 */
export const evalShape = <O>(f: (...args: never[]) => O, ...args: readonly unknown[]): O => {
  const stand = args.map((a) => (isShapeDType(a) ? placeholder(makeAval(a.shape, a.dtype)) : a))
  const { closed, outTree } = traceArguments('evalShape', f, stand)
  return outTree(outputAvals(closed.jaxpr).map(placeholder)) as O // the structure that f returned
}
