/**
 * Reverse mode: linearize, then transpose. There are no backward rules (DESIGN §2).
 */
import { avalOf, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { isComplex, isInexact } from '../core/dtype.ts'
import { DTypeError, ShapeError, ValueError, checkOptions, checkFunction } from '../core/errors.ts'
import { filterList, mapList } from '../core/list.ts'
import { show } from '../core/shape.ts'
import { unflatten } from '../core/tree.ts'
import { requireSame, type Structure } from '../core/structure.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { arraysOf, flatFunction, nameOf } from '../trace/flat.ts'
import { unknown, zero, type Tangent } from '../trace/primitive.ts'
import { argumentPositions, checkCotangents } from './check.ts'
import { linearizeFlat } from './linearize.ts'
import { backward } from './transpose.ts'

type AnyFunction = (...args: never[]) => unknown

export interface FlatVjp {
  readonly outs: readonly NdArray[]
  /** Cotangents of the results -> cotangents of the inputs. */
  readonly pullback: (cotangents: readonly Tangent[]) => readonly Tangent[]
}

export const vjpFlat = (
  f: (...xs: readonly NdArray[]) => readonly NdArray[],
  primals: readonly NdArray[],
  name: string,
  wanted?: readonly boolean[]
): FlatVjp => {
  const { outs, linear, liveInputs, liveOutputs } = linearizeFlat(f, primals, name, wanted)
  const constants = linear.consts.length
  const args = mapList(linear.jaxpr.inputs, (v, i) =>
    i < constants ? linear.consts[i] : unknown(v.aval)
  )
  return {
    outs,
    pullback: (cotangents) => {
      const cts = backward(
        linear.jaxpr,
        args,
        filterList(cotangents, (_, i) => liveOutputs[i])
      )
      let next = constants
      return mapList(primals, (x, i) => {
        const ct = liveInputs[i] ? cts[next++] : null
        return ct ?? zero(avalOf(x))
      })
    }
  }
}

/**
 * `[f(...primals), pullback]`, where pullback(cotangent) gives one cotangent per argument:
 * cotangentᵀ · ∂f(primals). Integer arguments get zeros.
 *
 * Errors: StructureError, ShapeError or DTypeError when the cotangent does not match the result.
 *
 * @example
 * const [y, pull] = vjp((x, w) => x.mul(w), [np.array(2), np.array(3)])
 * pull(np.array(1)).map((ct) => ct.item()) // => [3, 2]
 */
export const vjp = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  primals: A
): readonly [out: O, pullback: (cotangent: O) => A] => {
  checkFunction('vjp', f)
  const [args, structure] = arraysOf(primals, 'vjp')
  const flat = flatFunction(f, structure, 'vjp')
  const { outs, pullback } = vjpFlat(flat.call, args, nameOf('vjp', f))
  const outStructure = flat.structure()
  return [
    unflatten(outStructure, outs) as O, // the structure that f returned
    (cotangent) => {
      const [cts, given] = arraysOf(cotangent, 'pullback')
      requireSame('pullback', outStructure, given, 'give one cotangent for each result')
      const checked = checkCotangents('pullback', outs, cts)
      return unflatten(structure, pullback(checked).map(instantiate)) as A
    }
  ]
}

export interface GradOptions {
  /** Which arguments to differentiate: 0 by default; a list gives a list of gradients. */
  readonly argnums?: number | readonly number[]
  /** The function returns `[value, auxiliary]`, and auxiliary is passed through. */
  readonly hasAux?: boolean
  /** Integer arguments are allowed and get zeros. */
  readonly allowInt?: boolean
  /** The function is complex-analytic: complex in, complex out. */
  readonly holomorphic?: boolean
}

const gradOptions = ['argnums', 'hasAux', 'allowInt', 'holomorphic']

const checkArgument = (operation: string, x: NdArray, options: GradOptions): void => {
  if (isInexact(x.dtype)) {
    if (isComplex(x.dtype) === (options.holomorphic === true)) return
    if (options.holomorphic === true)
      throw new DTypeError(operation, {
        problem: 'a holomorphic function takes complex arguments',
        got: x.dtype,
        expected: 'complex64 or complex128',
        hint: "convert with astype('complex64'), or leave out { holomorphic: true }"
      })
    throw new DTypeError(operation, {
      problem: 'a complex argument needs a holomorphic function',
      got: x.dtype,
      expected: 'real arguments',
      hint: 'pass { holomorphic: true }, or differentiate the real and imaginary parts'
    })
  }
  if (options.allowInt === true) return
  throw new DTypeError(operation, {
    problem: 'integers and booleans have no derivative',
    got: `an argument of type ${x.dtype}`,
    expected: 'float arguments',
    hint: "convert with astype('float32'), pick other argnums, or pass { allowInt: true }"
  })
}

const checkLoss = (operation: string, y: NdArray, options: GradOptions): void => {
  if (y.ndim !== 0)
    throw new ShapeError(operation, {
      problem: 'the function does not return a scalar',
      got: `a result of shape ${show(y.shape)}`,
      expected: 'a result of shape []',
      hint: 'reduce it with sum() or mean(), or use jacrev for a matrix of derivatives'
    })
  const fine =
    options.holomorphic === true ? isComplex(y.dtype) : isInexact(y.dtype) && !isComplex(y.dtype)
  if (!fine)
    throw new DTypeError(operation, {
      problem: 'the result cannot be differentiated',
      got: y.dtype,
      expected: options.holomorphic === true ? 'a complex result' : 'a real float result',
      hint: 'comparisons, argmax and integer arithmetic have no derivative'
    })
}

/** Value, gradients and auxiliary output of a call; shared by grad and valueAndGrad. */
const differentiate = (
  operation: string,
  f: AnyFunction,
  options: GradOptions,
  args: readonly unknown[]
): { readonly value: NdArray; readonly aux: unknown; readonly grads: unknown } => {
  const argnums = options.argnums ?? 0
  const at = argumentPositions(operation, 'argnums', argnums, args.length)
  const [leaves, structure] = arraysOf(
    mapList(at, (i) => args[i]),
    operation
  )
  leaves.forEach((x) => checkArgument(operation, x, options))
  let aux: Structure | null = null
  let auxiliary: readonly NdArray[] = []
  const chosen = (...given: never[]): unknown => {
    const full = [...args]
    at.forEach((i, k) => (full[i] = given[k]))
    return f(...(full as never[]))
  }
  Object.defineProperty(chosen, 'name', { value: f.name })
  const flat = flatFunction(chosen, structure, operation)
  const { outs, pullback } = vjpFlat(flat.call, leaves, nameOf(operation, f))
  if (options.hasAux === true) {
    const s = flat.structure()
    if (s._tag !== 'tuple' || s.children.length !== 2 || s.children[0]._tag !== 'leaf')
      throw new ValueError(operation, {
        problem: 'with hasAux the function returns a pair',
        got: s.key,
        expected: '[scalar, auxiliary]',
        hint: 'return [loss, { anything: else }]'
      })
    aux = s.children[1]
    auxiliary = outs.slice(1)
  } else if (outs.length !== 1 || flat.structure()._tag !== 'leaf')
    throw new ValueError(operation, {
      problem: 'the function does not return a single scalar',
      got: flat.structure().key,
      expected: 'a scalar',
      hint: 'return the loss alone, or [loss, auxiliary] with { hasAux: true }'
    })
  const value = outs[0]
  checkLoss(operation, value, options)
  const cts = pullback([scalarOne(value), ...mapList(auxiliary, (x) => zero(avalOf(x)))])
  const grads = unflatten(structure, mapList(cts, instantiate)) as readonly unknown[]
  return {
    value,
    aux: aux === null ? undefined : unflatten(aux, auxiliary),
    grads: typeof argnums === 'number' ? grads[0] : grads
  }
}

const scalarOne = (y: NdArray): NdArray => scalar(1, y.dtype)

// A number where an array is expected, for top-level arguments only: trees keep their own types.
type Arg<T> = T | (NdArray extends T ? number : never)
type Args<A extends readonly unknown[]> = { readonly [K in keyof A]: Arg<A[K]> }
type Picked<A extends readonly unknown[], I extends readonly number[]> = {
  readonly [K in keyof I]: A[I[K] & number]
}

/**
 * The gradient of a scalar function, as a function of the same arguments. The gradient has the
 * structure, shapes and types of the argument it belongs to.
 *
 * Errors: ShapeError when the result is no scalar, DTypeError for integer arguments.
 *
 * @example
 * grad((x) => x.mul(x))(3).item() // => 6
 */
export function grad<R extends readonly unknown[] = []>(
  f: (x: NdArray, ...rest: R) => ArrayLike
): (x: ArrayLike, ...rest: Args<R>) => NdArray
export function grad<P, R extends readonly unknown[] = []>(
  f: (params: P, ...rest: R) => ArrayLike
): (params: P, ...rest: Args<R>) => P
export function grad<A extends readonly unknown[], const I extends readonly number[]>(
  f: (...args: A) => ArrayLike,
  options: GradOptions & { readonly argnums: I; readonly hasAux?: false }
): (...args: Args<A>) => Picked<A, I>
export function grad<A extends readonly unknown[], I extends number>(
  f: (...args: A) => ArrayLike,
  options: GradOptions & { readonly argnums: I; readonly hasAux?: false }
): (...args: Args<A>) => A[I]
export function grad<P, X, R extends readonly unknown[] = []>(
  f: (params: P, ...rest: R) => readonly [ArrayLike, X],
  options: GradOptions & { readonly hasAux: true; readonly argnums?: 0 }
): (params: P, ...rest: Args<R>) => readonly [grads: P, aux: X]
export function grad<A extends readonly unknown[], X, const I extends readonly number[]>(
  f: (...args: A) => readonly [ArrayLike, X],
  options: GradOptions & { readonly hasAux: true; readonly argnums: I }
): (...args: Args<A>) => readonly [grads: Picked<A, I>, aux: X]
export function grad<R extends readonly unknown[] = []>(
  f: (x: NdArray, ...rest: R) => ArrayLike,
  options: GradOptions & { readonly hasAux?: false }
): (x: ArrayLike, ...rest: Args<R>) => NdArray
export function grad<P, R extends readonly unknown[] = []>(
  f: (params: P, ...rest: R) => ArrayLike,
  options: GradOptions & { readonly hasAux?: false }
): (params: P, ...rest: Args<R>) => P
export function grad(f: AnyFunction, options: GradOptions = {}): AnyFunction {
  checkFunction('grad', f)
  checkOptions('grad', options, gradOptions)
  return named(nameOf('grad', f), (...args) => {
    const { grads, aux } = differentiate('grad', f, options, args)
    return options.hasAux === true ? [grads, aux] : grads
  })
}

/**
 * As `grad`, with the value: `[value, gradient]`, or `[[value, aux], gradient]` with hasAux.
 *
 * @example
 * const [y, dy] = valueAndGrad((x) => x.mul(x))(3)
 * y.item() // => 9
 */
export function valueAndGrad<R extends readonly unknown[] = []>(
  f: (x: NdArray, ...rest: R) => ArrayLike
): (x: ArrayLike, ...rest: Args<R>) => readonly [value: NdArray, grad: NdArray]
export function valueAndGrad<P, R extends readonly unknown[] = []>(
  f: (params: P, ...rest: R) => ArrayLike
): (params: P, ...rest: Args<R>) => readonly [value: NdArray, grad: P]
export function valueAndGrad<P, X, R extends readonly unknown[] = []>(
  f: (params: P, ...rest: R) => readonly [ArrayLike, X],
  options: GradOptions & { readonly hasAux: true; readonly argnums?: 0 }
): (params: P, ...rest: Args<R>) => readonly [value: readonly [NdArray, X], grad: P]
export function valueAndGrad<A extends readonly unknown[], const I extends readonly number[]>(
  f: (...args: A) => ArrayLike,
  options: GradOptions & { readonly argnums: I; readonly hasAux?: false }
): (...args: Args<A>) => readonly [value: NdArray, grads: Picked<A, I>]
export function valueAndGrad<A extends readonly unknown[], I extends number>(
  f: (...args: A) => ArrayLike,
  options: GradOptions & { readonly argnums: I; readonly hasAux?: false }
): (...args: Args<A>) => readonly [value: NdArray, grad: A[I]]
export function valueAndGrad<P, R extends readonly unknown[] = []>(
  f: (params: P, ...rest: R) => ArrayLike,
  options: GradOptions & { readonly hasAux?: false }
): (params: P, ...rest: Args<R>) => readonly [value: NdArray, grad: P]
export function valueAndGrad(f: AnyFunction, options: GradOptions = {}): AnyFunction {
  checkFunction('valueAndGrad', f)
  checkOptions('valueAndGrad', options, gradOptions)
  return named(nameOf('valueAndGrad', f), (...args) => {
    const { value, grads, aux } = differentiate('valueAndGrad', f, options, args)
    return options.hasAux === true ? [[value, aux], grads] : [value, grads]
  })
}

/** Gives a derived function a name that messages and jaxprs can show. */
const named = (name: string, f: (...args: readonly unknown[]) => unknown): AnyFunction =>
  Object.defineProperty(f, 'name', { value: name })
