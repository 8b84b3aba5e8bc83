/** Functions of parts of arrays, repeated over the rest. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions, listOf, checkFunction } from '../core/errors.ts'
import { broadcast, normalizeAxis, show, type Shape } from '../core/shape.ts'
import { isArray } from '../core/array.ts'
import { moveAxis, reshape } from '../primitives/movement.ts'
import { vmap } from '../transforms/vmap.ts'
import { expand } from './along.ts'
import { asArray } from './promotion.ts'

type Result = ArrayLike | readonly ArrayLike[]
type ArrayFunction = (...args: readonly NdArray[]) => Result

interface Signature {
  readonly inputs: readonly (readonly string[])[]
  readonly outputs: readonly (readonly string[])[]
}

const unreadable = (signature: string): ValueError =>
  new ValueError('np.vectorize', {
    problem: 'the signature cannot be read',
    got: `'${signature}'`,
    expected: "core axes of arguments and results, as in '(n,m),(m)->(n)'",
    hint: "'()' is a scalar"
  })

const readSide = (side: string, whole: string): readonly (readonly string[])[] => {
  if (!/^\([\w,]*\)(,\([\w,]*\))*$/.test(side)) throw unreadable(whole)
  return [...side.matchAll(/\(([\w,]*)\)/g)].map(([, names]) =>
    names === '' ? [] : names.split(',')
  )
}

const read = (signature: string): Signature => {
  const text = signature.replace(/\s/g, '')
  const sides = text.split('->')
  if (sides.length !== 2) throw unreadable(signature)
  return { inputs: readSide(sides[0], signature), outputs: readSide(sides[1], signature) }
}

/** Extents of the named core axes, which all arguments agree on. */
const checkCore = (arrays: readonly NdArray[], { inputs }: Signature): void => {
  const known = new Map<string, number>()
  arrays.forEach((x, i) => {
    const core = inputs[i]
    if (x.ndim < core.length)
      throw new ShapeError('np.vectorize', {
        problem: `argument ${i} has too few axes`,
        got: `shape ${show(x.shape)}`,
        expected: `at least the core axes (${core.join(', ')})`,
        hint: 'core axes are the last ones'
      })
    core.forEach((name, k) => {
      const n = x.shape[x.ndim - core.length + k]
      if (known.has(name) && known.get(name) !== n)
        throw new ShapeError('np.vectorize', {
          problem: `the core axis '${name}' has two extents`,
          got: `${known.get(name)} and ${n}`,
          expected: 'one extent for each name',
          hint: 'check the order of the arguments'
        })
      known.set(name, n)
    })
  })
}

export interface VectorizeOptions {
  /** Arguments passed on as they are. */
  readonly excluded?: readonly number[]
  /** Core axes, '(n,m),(m)->(n)'; scalars by default. */
  readonly signature?: string | null
}

/** Maps over the last of the leading axes first, so that they come back in their order. */
const mapped = (
  f: ArrayFunction,
  leading: Shape,
  arrays: readonly NdArray[],
  cores: readonly number[]
): ArrayFunction =>
  leading.reduceRight<ArrayFunction>((inner, _, axis) => {
    const depth = leading.length - axis
    const inAxes = arrays.map((x, i) => {
      const own = x.ndim - cores[i]
      return own >= depth && x.shape[own - depth] !== 1 ? 0 : null
    })
    return inAxes.every((a) => a === null) ? inner : vmap(inner, { inAxes })
  }, f)

/** Leading axes of extent 1, which `mapped` does not map, are dropped beforehand. */
const withoutOnes = (x: NdArray, core: number): NdArray =>
  reshape(
    x,
    x.shape.filter((n, a) => a >= x.ndim - core || n !== 1)
  )

/** Results with the leading axes that no argument has longer than 1 put back. */
const withOnes = (y: NdArray, leading: Shape): NdArray => {
  const count = leading.filter((n) => n !== 1).length
  return reshape(y, [...leading, ...y.shape.slice(count)])
}

/**
 * `f` of parts of its arguments, repeated over their leading axes, which broadcast.
 *
 * Shape: [...leading, ...core] for each argument -> [...leading, ...core] for each result.
 *
 * @example
 * const dot = np.vectorize((x, y) => np.vecdot(x, y), { signature: '(n),(n)->()' })
 * dot(np.array([[1, 2], [3, 4]]), np.array([1, 1])).toNested() // => [3, 7]
 *
 * @category functions
 * @since 0.1.0
 */
export const vectorize = <R extends Result = NdArray>(
  f: (...args: readonly NdArray[]) => R,
  options: VectorizeOptions = {}
): ((...args: readonly ArrayLike[]) => R extends readonly ArrayLike[] ? R : NdArray) => {
  checkOptions('np.vectorize', options, ['excluded', 'signature'])
  const { excluded = [], signature = null } = options
  const call = (...args: readonly ArrayLike[]): Result => {
    const isFree = (i: number): boolean => !excluded.includes(i)
    const arrays = args.filter((_, i) => isFree(i)).map((x) => asArray(x, 'np.vectorize'))
    const inner: ArrayFunction = (...free) => {
      const rest = [...free]
      return f(...args.map((x, i) => (isFree(i) ? (rest.shift() as NdArray) : (x as NdArray)))) // as many as were free
    }
    const spec =
      signature === null ? { inputs: arrays.map(() => []), outputs: [[]] } : read(signature)
    if (spec.inputs.length !== arrays.length)
      throw new ValueError('np.vectorize', {
        problem: 'the signature does not fit the call',
        got: `${arrays.length} arguments for '${signature}'`,
        expected: `${spec.inputs.length} arguments`,
        hint: 'excluded arguments are not in the signature'
      })
    checkCore(arrays, spec)
    const cores = spec.inputs.map((names) => names.length)
    const leading = broadcast(
      'np.vectorize',
      arrays.map((x, i) => x.shape.slice(0, x.ndim - cores[i]))
    )
    const over = mapped(inner, leading, arrays, cores)
    const result = over(...arrays.map((x, i) => withoutOnes(x, cores[i])))
    const put = (y: ArrayLike): NdArray => withOnes(asArray(y, 'np.vectorize'), leading)
    return isList(result) ? result.map(put) : put(result)
  }
  // The result has the structure of f's, numbers become arrays.
  return call as (...args: readonly ArrayLike[]) => R extends readonly ArrayLike[] ? R : NdArray
}

const isList = (x: Result): x is readonly ArrayLike[] => Array.isArray(x) && !isArray(x)

/**
 * `f` of every vector along an axis. Shape: the axis is replaced by the axes of f's result.
 *
 * @example
 * np.applyAlongAxis((v) => v.max(), 0, np.array([[1, 5], [3, 2]])).toNested() // => [3, 5]
 *
 * @category functions
 * @since 0.1.0
 */
export const applyAlongAxis = (
  f: (line: NdArray) => ArrayLike,
  axis: number,
  x: ArrayLike
): NdArray => {
  const y = asArray(x, 'np.applyAlongAxis')
  const at = normalizeAxis('np.applyAlongAxis', axis, y.ndim)
  const lines = moveAxis(y, at, y.ndim - 1)
  const over = y.shape.slice(1).reduce<(v: NdArray) => NdArray>(
    (inner) => vmap((v: NdArray) => inner(v)),
    (v) => asArray(f(v), 'np.applyAlongAxis')
  )
  const result = over(lines)
  const outer = y.ndim - 1
  const added = result.ndim - outer
  return Array.from({ length: added }, (_, i) => i).reduce(
    (z, i) => moveAxis(z, outer + i, at + i),
    result
  )
}

/** `f(x, axis)` for one axis after the other; an axis that f drops is put back with extent 1. */
export const applyOverAxes = (
  f: (x: NdArray, axis: number) => ArrayLike,
  x: ArrayLike,
  axes: number | readonly number[]
): NdArray => {
  const y = asArray(x, 'np.applyOverAxes')
  checkFunction('np.applyOverAxes', f)
  const list = listOf('np.applyOverAxes', typeof axes === 'number' ? [axes] : axes).map((a) =>
    normalizeAxis('np.applyOverAxes', a, y.ndim)
  )
  return list.reduce((z, axis) => {
    const next = asArray(f(z, axis), 'np.applyOverAxes')
    const back = next.ndim === z.ndim - 1 ? expand(next, axis) : next
    if (back.ndim !== z.ndim)
      throw new ShapeError('np.applyOverAxes', {
        problem: 'the function changed the number of axes',
        got: `shape ${show(next.shape)} of ${show(z.shape)}`,
        expected: 'as many axes as before, or one fewer',
        hint: 'reductions along one axis fit'
      })
    return back
  }, y)
}
