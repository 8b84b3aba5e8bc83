/**
 * Adapters: small trees beside the parameters of a network, which say how its weights differ from
 * the ones it was trained with. The base is never changed or copied, so one base serves many
 * adapters, and switching is passing another tree.
 */
import type { NdArray } from '../core/array.ts'
import { isArray } from '../core/array.ts'
import { isFloat } from '../core/dtype.ts'
import { StructureError, ValueError } from '../core/errors.ts'
import { slashed, type Path } from '../core/path.ts'
import { show, type Shape } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import { withFactored, type Factored } from '../control/factored.ts'
import { matching, type Pattern } from './select.ts'

/** A tree with a record of arrays in the place of every weight that it adapts, and nothing else. */
export interface AdapterTree<L> {
  readonly [step: string]: AdapterTree<L> | L
}

export interface AdaptOptions {
  /** Randomness for dropout. */
  readonly key?: NdArray
  /** True while training: dropout drops. */
  readonly train?: boolean
}

/** A way of adapting weights, with parameters `A` of its own. */
export interface Adaptation<A> {
  /** Parameters with which the network does what it did before. */
  readonly init: (key: NdArray, params: unknown) => A
  /** `f` of the adapted parameters, of which no adapted weight is formed where none is needed. */
  readonly apply: <P, O>(params: P, adapter: A, f: (params: P) => O, options?: AdaptOptions) => O
  /** The adapted parameters as plain arrays: for deployment, and for `f`s of any kind. */
  readonly merge: <P>(params: P, adapter: A) => P
}

/** An adaptation that can be taken out of merged parameters again. */
export interface ReversibleAdaptation<A> extends Adaptation<A> {
  /** What `merge` was given, within rounding. */
  readonly unmerge: <P>(params: P, adapter: A) => P
}

/** A weight to adapt. */
export interface Target {
  readonly path: Path
  readonly name: string
  readonly weight: NdArray
}

/** The weights that the pattern chooses. Errors: ValueError with the path of one that is no matrix. */
export const targetsOf = (
  operation: string,
  params: unknown,
  pattern: Pattern
): readonly Target[] => {
  const [entries] = tree.flattenWithPath(params, operation)
  const flags = matching(operation, params, pattern)
  return entries
    .filter((_, i) => flags[i])
    .map(([path, weight]) => {
      if (isArray(weight) && weight.ndim >= 2 && isFloat(weight.dtype))
        return { path, name: slashed(path), weight }
      const got = isArray(weight) ? `${weight.dtype} ${show(weight.shape)}` : String(weight)
      throw new ValueError(operation, {
        problem: 'a target is no matrix',
        got: `${slashed(path)}, which is ${got}`,
        expected: 'weights of two axes or more, of a floating type',
        hint: "choose kernels and tables alone: { targets: '**/kernel' }"
      })
    })
}

interface Branch {
  readonly [step: string]: unknown
}

const insert = (branch: Branch, [step, ...rest]: readonly string[], value: unknown): Branch => ({
  ...branch,
  [step]: rest.length === 0 ? value : insert((branch[step] ?? {}) as Branch, rest, value)
})

/** The tree with another adapter at a path. */
export const insertAt = <L>(
  adapter: AdapterTree<L>,
  path: readonly string[],
  parts: L
): AdapterTree<L> => insert(adapter, path, parts) as AdapterTree<L>

/** A record of arrays for each target, where that target is. */
export const adapterTree = <L>(
  targets: readonly Target[],
  make: (target: Target) => L
): AdapterTree<L> =>
  targets.reduce<Branch>(
    (branch, target) => insert(branch, target.path.map(String), make(target)),
    {}
  ) as AdapterTree<L>

/** The adapter's arrays by the path of the weight that they are for. */
const byWeight = <L>(operation: string, adapter: unknown): ReadonlyMap<string, L> => {
  const found = new Map<string, Record<string, NdArray>>()
  for (const [path, leaf] of tree.flattenWithPath(adapter, operation)[0]) {
    const name = slashed(path.slice(0, -1))
    found.set(name, { ...found.get(name), [String(path.at(-1))]: leaf as NdArray })
  }
  return found as ReadonlyMap<string, unknown> as ReadonlyMap<string, L> // as adapterTree made it
}

const foreign = (operation: string, name: string, paths: readonly string[]): StructureError =>
  new StructureError(operation, {
    problem: 'the adapter is for a weight that the parameters do not have',
    got: `an adapter of ${name}`,
    expected: `weights among: ${paths.slice(0, 8).join(', ')}${paths.length > 8 ? ' …' : ''}`,
    hint: 'give the parameters that the adapter was made for'
  })

/** Throws a StructureError that names the weight unless a part of its adapter has this shape. */
export const requirePart = (
  operation: string,
  name: string,
  part: string,
  x: NdArray | undefined,
  shape: Shape
): NdArray => {
  const fits =
    isArray(x) && x.ndim === shape.length && shape.every((n, a) => n < 0 || x.shape[a] === n)
  if (fits) return x
  throw new StructureError(operation, {
    problem: 'a part of the adapter does not fit its weight',
    got: isArray(x) ? `${name}/${part} of shape ${show(x.shape)}` : `no ${name}/${part}`,
    expected: `[${shape.map((n) => (n < 0 ? 'rank' : n)).join(', ')}]`,
    hint: 'use the adaptation, with the options, that made the adapter'
  })
}

/** The parameters with `f` of each adapted weight and of its adapter in its place. */
export const mapWeights = <P, L>(
  operation: string,
  params: P,
  adapter: unknown,
  f: (weight: NdArray, parts: L, name: string) => NdArray
): P => {
  const [entries, structure] = tree.flattenWithPath(params, operation)
  const parts = byWeight<L>(operation, adapter)
  const names = entries.map(([path]) => slashed(path))
  for (const name of parts.keys()) if (!names.includes(name)) throw foreign(operation, name, names)
  const leaves = entries.map(([, leaf], i) => {
    const own = parts.get(names[i])
    return own === undefined ? leaf : f(leaf as NdArray, own, names[i])
  })
  return tree.unflatten(structure, leaves) as P // the structure of `params`
}

/** `f` of parameters in which each adapted weight stays in its factors. */
export const withAdapter = <P, L, O>(
  operation: string,
  params: P,
  adapter: unknown,
  f: (params: P) => O,
  factor: (weight: NdArray, parts: L, name: string) => Factored
): O => {
  const factored: Factored[] = []
  const weights: NdArray[] = []
  mapWeights<P, L>(operation, params, adapter, (weight, parts, name) => {
    factored.push(factor(weight, parts, name))
    weights.push(weight)
    return weight
  })
  return withFactored(factored, (made) => {
    let next = 0
    return f(mapWeights<P, L>(operation, params, adapter, () => made[next++]))
  })
}
