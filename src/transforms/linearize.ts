/**
 * Linearization: the value of a function at a point, and its derivative there as a linear program.
 * It is jvp with the tangents unknown.
 */
import { checkFunction } from '../core/errors.ts'
import { avalOf, type Aval, type NdArray } from '../core/array.ts'
import { filterList, mapList } from '../core/list.ts'
import { unflatten } from '../core/tree.ts'
import { requireSame } from '../core/structure.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { hasTangent, strong } from '../trace/aval.ts'
import { arraysOf, flatFunction, nameOf } from '../trace/flat.ts'
import { evaluate, type ClosedJaxpr } from '../trace/jaxpr.ts'
import { isZero, zero, type Tangent } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { checkTangents } from './check.ts'
import { jvpFlat } from './jvp.ts'
import { partialEvalFlat } from './partial-eval.ts'

export interface Linearized {
  readonly outs: readonly NdArray[]
  /** Tangents of the inputs that have one, in order -> tangents of the live results. */
  readonly linear: ClosedJaxpr
  readonly liveInputs: readonly boolean[]
  readonly liveOutputs: readonly boolean[]
}

/** Inputs have tangents where their type does and `wanted` (all by default) says so. */
export const linearizeFlat = (
  f: (...xs: readonly NdArray[]) => readonly NdArray[],
  primals: readonly NdArray[],
  name: string,
  wanted?: readonly boolean[]
): Linearized => {
  const avals = mapList(primals, avalOf)
  const liveInputs = mapList(avals, (a, i) => hasTangent(a) && (wanted?.[i] ?? true))
  let outs: readonly NdArray[] = []
  let liveOutputs: readonly boolean[] = []
  const unknowns: readonly Aval[] = mapList(
    filterList(avals, (_, i) => liveInputs[i]),
    strong
  )
  const { rest } = partialEvalFlat(
    (...tangents) => {
      let next = 0
      const [ys, dys] = jvpFlat(
        f,
        primals,
        mapList(avals, (a, i): Tangent => (liveInputs[i] ? tangents[next++] : zero(a))),
        name
      )
      outs = ys
      liveOutputs = mapList(dys, (t) => !isZero(t))
      return filterList(dys, (t) => !isZero(t)) as readonly NdArray[] // all others are arrays
    },
    unknowns,
    mapList(unknowns, () => false),
    true
  )
  return { outs, linear: rest, liveInputs, liveOutputs }
}

/**
 * `[f(...primals), pushforward]`, where pushforward(...tangents) = ∂f(primals) · tangents costs
 * only the linear part on every call.
 *
 * Errors: StructureError, ShapeError or DTypeError when tangents do not match the primals.
 *
 * @example
 * const [y, push] = linearize((x) => np.sin(x), [0])
 * push(2).item() // => 2
 */
export const linearize = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  primals: A
): readonly [out: O, pushforward: (...tangents: A) => O] => {
  checkFunction('linearize', f)
  const [args, structure] = arraysOf(primals, 'linearize')
  const flat = flatFunction(f, structure, 'linearize')
  const { outs, linear, liveInputs, liveOutputs } = linearizeFlat(
    flat.call,
    args,
    nameOf('linearize', f)
  )
  const outStructure = flat.structure()
  const pushforward = (...tangents: A): O => {
    const [leaves, given] = arraysOf(tangents, 'pushforward')
    requireSame('pushforward', structure, given, 'give one tangent for each primal, of its shape')
    const checked = checkTangents('pushforward', args, leaves)
    const results = evaluate(bind, linear.jaxpr, [
      ...linear.consts,
      ...checked.filter((_, i) => liveInputs[i])
    ])
    let next = 0
    return unflatten(
      outStructure,
      outs.map((y, i) => (liveOutputs[i] ? results[next++] : instantiate(zero(avalOf(y)))))
    ) as O // the structure that f returned
  }
  return [unflatten(outStructure, outs) as O, pushforward]
}
