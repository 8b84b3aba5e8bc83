/**
 * Matrices of derivatives: jacfwd pushes every input direction forward, jacrev pulls every output
 * back, and the hessian is one of the other.
 */
import type { NdArray } from '../core/array.ts'
import { isInexact } from '../core/dtype.ts'
import { DTypeError, ValueError, checkOptions, checkFunction } from '../core/errors.ts'
import { sizeOf } from '../core/shape.ts'
import { unflatten } from '../core/tree.ts'
import type { Structure } from '../core/structure.ts'
import { convertElementType } from '../primitives/convert.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { eq } from '../primitives/compare.ts'
import { iota } from '../primitives/iota.ts'
import { moveAxis, reshape } from '../primitives/movement.ts'
import { arraysOf, flatFunction, nameOf } from '../trace/flat.ts'
import { hasTangent, makeAval } from '../trace/aval.ts'
import { zero, type Tangent } from '../trace/primitive.ts'
import { evaluate } from '../trace/jaxpr.ts'
import { bind } from '../trace/tracer.ts'
import { avalOf } from '../core/array.ts'
import { argumentPositions } from './check.ts'
import { linearizeFlat } from './linearize.ts'
import { batchFlat, placeDim } from './vmap.ts'
import { vjpFlat } from './vjp.ts'

type AnyFunction = (...args: never[]) => unknown

export interface JacobianOptions {
  /** Which arguments to differentiate: 0 by default; a list gives a list of Jacobians. */
  readonly argnums?: number | readonly number[]
  /** The function returns `[out, auxiliary]`, and so does the Jacobian. */
  readonly hasAux?: boolean
}

const jacobianOptions = ['argnums', 'hasAux']

interface Call {
  readonly flat: (...xs: readonly NdArray[]) => readonly NdArray[]
  readonly leaves: readonly NdArray[]
  readonly inputs: Structure
  readonly outputs: () => Structure
  readonly single: boolean
  readonly name: string
}

const prepare = (
  operation: string,
  f: AnyFunction,
  options: JacobianOptions,
  args: readonly unknown[]
): Call => {
  const argnums = options.argnums ?? 0
  const at = argumentPositions(operation, 'argnums', argnums, args.length)
  const [leaves, inputs] = arraysOf(
    at.map((i) => args[i]),
    operation
  )
  for (const x of leaves)
    if (!isInexact(x.dtype))
      throw new DTypeError(operation, {
        problem: 'integers and booleans have no derivative',
        got: `an argument of type ${x.dtype}`,
        expected: 'float arguments',
        hint: "convert with astype('float32'), or pick other argnums"
      })
  const chosen = (...given: never[]): unknown => {
    const full = [...args]
    at.forEach((i, k) => (full[i] = given[k]))
    return f(...(full as never[]))
  }
  const { call, structure } = flatFunction(chosen, inputs, operation)
  return {
    flat: call,
    leaves,
    inputs,
    outputs: structure,
    single: typeof argnums === 'number',
    name: nameOf(operation, f)
  }
}

/** Unit vectors of an array's own shape along a new first axis: [size, ...shape]. */
const basis = (x: NdArray): NdArray => {
  const n = sizeOf(x.shape)
  const rows = iota('int32', [n, n], 0)
  const columns = iota('int32', [n, n], 1)
  return reshape(convertElementType(eq(rows, columns), x.dtype), [n, ...x.shape])
}

/** Splits the structure of `[out, aux]`. */
const withAux = (operation: string, s: Structure): readonly [out: Structure, aux: Structure] => {
  if (s._tag === 'tuple' && s.children.length === 2) return [s.children[0], s.children[1]]
  throw new ValueError(operation, {
    problem: 'with hasAux the function returns a pair',
    got: s.key,
    expected: '[out, auxiliary]',
    hint: 'return [out, { anything: else }]'
  })
}

/** outs[i][j] = ∂out_i/∂in_j as a tree of outputs holding trees of inputs. */
const assemble = (
  call: Call,
  out: Structure,
  columns: (output: number, input: number) => NdArray
): unknown =>
  unflatten(
    out,
    Array.from({ length: out.leafCount }, (_, i) => {
      const row = unflatten(
        call.inputs,
        call.leaves.map((_x, j) => columns(i, j))
      ) as readonly unknown[]
      return call.single ? row[0] : row
    })
  )

const finish = (
  operation: string,
  call: Call,
  options: JacobianOptions,
  outs: readonly NdArray[],
  columns: (output: number, input: number) => NdArray
): unknown => {
  if (options.hasAux !== true) return assemble(call, call.outputs(), columns)
  const [out, aux] = withAux(operation, call.outputs())
  return [assemble(call, out, columns), unflatten(aux, outs.slice(out.leafCount))]
}

const forward = (f: AnyFunction, options: JacobianOptions, args: readonly unknown[]): unknown => {
  const call = prepare('jacfwd', f, options, args)
  const { outs, linear, liveOutputs } = linearizeFlat(call.flat, call.leaves, call.name)
  // One batch of pushes per input: its basis, with zeros for the others.
  const pushed = call.leaves.map((x, j) => {
    const axis = { size: sizeOf(x.shape), name: null }
    const [results, dims] = batchFlat(
      (...tangents) => evaluate(bind, linear.jaxpr, [...linear.consts, ...tangents]),
      axis,
      call.leaves.map((y, k) => (k === j ? basis(x) : instantiate(zero(avalOf(y))))),
      call.leaves.map((_y, k) => (k === j ? 0 : null))
    )
    let next = 0
    return outs.map((y, i) => {
      const live = liveOutputs[i] ? next++ : -1
      const columns =
        live < 0
          ? instantiate(zero(makeAval([axis.size, ...y.shape], y.dtype)))
          : placeDim(results[live], dims[live], 0, axis.size)
      const last = moveAxis(columns, 0, y.ndim)
      return reshape(last, [...y.shape, ...x.shape])
    })
  })
  return finish('jacfwd', call, options, outs, (i, j) => pushed[j][i])
}

const reverse = (f: AnyFunction, options: JacobianOptions, args: readonly unknown[]): unknown => {
  const call = prepare('jacrev', f, options, args)
  const { outs, pullback } = vjpFlat(call.flat, call.leaves, call.name)
  const count =
    options.hasAux === true ? withAux('jacrev', call.outputs())[0].leafCount : outs.length
  const pulled = outs.slice(0, count).map((y, i) => {
    if (!hasTangent(avalOf(y)))
      throw new DTypeError('jacrev', {
        problem: 'a result cannot be differentiated',
        got: `a result of type ${y.dtype}`,
        expected: 'float results',
        hint: 'return it as auxiliary output with { hasAux: true }'
      })
    const axis = { size: sizeOf(y.shape), name: null }
    const [cts, dims] = batchFlat(
      (ct) =>
        pullback(outs.map((z, k): Tangent => (k === i ? ct : zero(avalOf(z))))).map(instantiate),
      axis,
      [basis(y)],
      [0]
    )
    return cts.map((ct, j) =>
      reshape(placeDim(ct, dims[j], 0, axis.size), [...y.shape, ...call.leaves[j].shape])
    )
  })
  return finish('jacrev', call, options, outs, (i, j) => pulled[i][j])
}

/** The tree of arrays that a tree of arrays and numbers stands for. */
type Arrays<T> = T extends NdArray | number ? NdArray : { readonly [K in keyof T]: Arrays<T[K]> }

/** What a Jacobian returns: the results' tree with the arguments' tree at every leaf. */
export type JacobianOf<P, O> = unknown extends O
  ? unknown
  : O extends NdArray
    ? Arrays<P>
    : { readonly [K in keyof O]: JacobianOf<P, O[K]> }

type Picked<A extends readonly unknown[], I extends readonly number[]> = {
  readonly [K in keyof I]: A[I[K] & number]
}

/** Arguments by default: the first. */
interface FirstArgument {
  readonly argnums?: never
  readonly hasAux?: false
}
interface ChosenArguments<I> {
  readonly argnums: I
  readonly hasAux?: false
}

const wrap = (
  operation: string,
  run: (f: AnyFunction, options: JacobianOptions, args: readonly unknown[]) => unknown,
  f: AnyFunction,
  options: JacobianOptions
): AnyFunction => {
  checkFunction(operation, f)
  checkOptions(operation, options, jacobianOptions)
  const g = (...args: readonly unknown[]): unknown => run(f, options, args)
  return Object.defineProperty(g, 'name', { value: nameOf(operation, f) })
}

/** One argument's worth of a number where an array is expected. */
type Arg<T> = T | (NdArray extends T ? number : never)
type Args<A extends readonly unknown[]> = { readonly [K in keyof A]: Arg<A[K]> }

/**
 * The Jacobian by forward mode: one push per input element, all at once. Best for more results
 * than inputs.
 *
 * Shape: result leaf [...out], input leaf [...in] -> [...out, ...in].
 *
 * @example
 * jacfwd((x) => x.mul(x))(np.array([1, 2])) // => [[2. 0.] [0. 4.]]
 */
export function jacfwd<R extends readonly unknown[]>(
  f: (x: NdArray, ...rest: R) => NdArray
): (x: NdArray | number, ...rest: Args<R>) => NdArray
export function jacfwd<A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options?: FirstArgument
): (...args: Args<A>) => JacobianOf<A[0], O>
export function jacfwd<A extends readonly unknown[], O, const I extends number>(
  f: (...args: A) => O,
  options: ChosenArguments<I>
): (...args: Args<A>) => JacobianOf<A[I], O>
export function jacfwd<A extends readonly unknown[], O, const I extends readonly number[]>(
  f: (...args: A) => O,
  options: ChosenArguments<I>
): (...args: Args<A>) => JacobianOf<Picked<A, I>, O>
export function jacfwd<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  options: JacobianOptions
): (...args: Args<A>) => unknown
export function jacfwd(f: AnyFunction, options: JacobianOptions = {}): AnyFunction {
  return wrap('jacfwd', forward, f, options)
}

/**
 * The Jacobian by reverse mode: one pull per result element, all at once. Best for more inputs
 * than results.
 *
 * Shape: result leaf [...out], input leaf [...in] -> [...out, ...in].
 *
 * @example
 * jacrev((x) => x.mul(x))(np.array([1, 2])) // => [[2. 0.] [0. 4.]]
 */
export function jacrev<R extends readonly unknown[]>(
  f: (x: NdArray, ...rest: R) => NdArray
): (x: NdArray | number, ...rest: Args<R>) => NdArray
export function jacrev<A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options?: FirstArgument
): (...args: Args<A>) => JacobianOf<A[0], O>
export function jacrev<A extends readonly unknown[], O, const I extends number>(
  f: (...args: A) => O,
  options: ChosenArguments<I>
): (...args: Args<A>) => JacobianOf<A[I], O>
export function jacrev<A extends readonly unknown[], O, const I extends readonly number[]>(
  f: (...args: A) => O,
  options: ChosenArguments<I>
): (...args: Args<A>) => JacobianOf<Picked<A, I>, O>
export function jacrev<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  options: JacobianOptions
): (...args: Args<A>) => unknown
export function jacrev(f: AnyFunction, options: JacobianOptions = {}): AnyFunction {
  return wrap('jacrev', reverse, f, options)
}

/**
 * Second derivatives of a scalar function: the forward Jacobian of the reverse one.
 *
 * Shape: input leaf [...in] -> [...in, ...in].
 *
 * @example
 * hessian((x) => x.mul(x).mul(x).sum())(np.array([1, 2])) // => [[ 6. 0.] [ 0. 12.]]
 */
export function hessian<R extends readonly unknown[]>(
  f: (x: NdArray, ...rest: R) => NdArray
): (x: NdArray | number, ...rest: Args<R>) => NdArray
export function hessian<A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options?: FirstArgument
): (...args: Args<A>) => JacobianOf<A[0], JacobianOf<A[0], O>>
export function hessian<A extends readonly unknown[], O, const I extends number>(
  f: (...args: A) => O,
  options: ChosenArguments<I>
): (...args: Args<A>) => JacobianOf<A[I], JacobianOf<A[I], O>>
export function hessian<A extends readonly unknown[], O, const I extends readonly number[]>(
  f: (...args: A) => O,
  options: ChosenArguments<I>
): (...args: Args<A>) => JacobianOf<Picked<A, I>, JacobianOf<Picked<A, I>, O>>
export function hessian<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  options: JacobianOptions
): (...args: Args<A>) => unknown
export function hessian(f: AnyFunction, options: JacobianOptions = {}): AnyFunction {
  checkFunction('hessian', f)
  checkOptions('hessian', options, jacobianOptions)
  return wrap('jacfwd', forward, wrap('jacrev', reverse, f, options), options)
}
