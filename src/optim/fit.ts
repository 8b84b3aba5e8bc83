/** Why an update failed: gradients, state or parameters that do not belong together. */
import {
  CotangentError,
  ShapeError,
  StructureError,
  ValueError,
  showArgument
} from '../core/errors.ts'
import { show as showPath } from '../core/path.ts'
import { equals, show } from '../core/shape.ts'
import { difference } from '../core/structure.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'

/** How two trees differ, with names for the sides. */
const differences = (a: unknown, b: unknown, left: string, right: string): string => {
  const rows = difference(tree.structureOf(a), tree.structureOf(b)).map((r) =>
    r.replace('on the left', `in the ${left}`).replace('on the right', `in the ${right}`)
  )
  return rows.slice(0, 8).join('; ') + (rows.length > 8 ? `; and ${rows.length - 8} more` : '')
}

/** The first leaf whose shape differs from that of its parameter. */
const misshapen = (grads: unknown, params: unknown): string | undefined => {
  const [entries] = tree.flattenWithPath(params)
  const slopes = tree.leaves(grads)
  return entries
    .map(([path, p], i) => {
      const [own, other] = [lax.typeOf(slopes[i]).shape, lax.typeOf(p).shape]
      return equals(own, other)
        ? ''
        : `${showPath(path)}: gradient ${show(own)}, parameter ${show(other)}`
    })
    .find((text) => text !== '')
}

const withoutParams = (): ValueError =>
  new ValueError('update', {
    problem: 'the parameters are missing',
    got: 'update(grads, state)',
    expected: 'update(grads, state, params)',
    hint: 'weight decay, norms of parameters and masks need them'
  })

/** What to say instead of an error of a tree function that users did not call. */
const diagnosed = (error: unknown, grads: unknown, params: unknown, hasLoss: boolean): unknown => {
  if (!(error instanceof StructureError) && !(error instanceof ShapeError)) return error
  if (error.operation === 'update') return error
  if (params === undefined) {
    if (error instanceof StructureError && error.got.includes('undefined')) return withoutParams()
    return diagnosed(error, grads, grads, hasLoss)
  }
  if (tree.structureOf(grads).key !== tree.structureOf(params).key)
    return new StructureError('update', {
      problem: 'the gradients do not belong to these parameters',
      got: differences(params, grads, 'parameters', 'gradients'),
      expected: 'trees of one structure',
      hint: 'differentiate with respect to the parameters that update is given'
    })
  const shapes = error instanceof ShapeError ? misshapen(grads, params) : undefined
  const isGeneric = error.operation.startsWith('np.') || !/[.A-Z]/.test(error.operation)
  if (shapes !== undefined && isGeneric)
    return new ShapeError('update', {
      problem: 'a gradient does not have the shape of its parameter',
      got: shapes,
      expected: 'equal shapes',
      hint: 'gradients of single examples go to dpsgd, or are meaned over their first axis'
    })
  // A loss may throw the same for reasons of its own.
  if (error.operation !== 'tree.map' || hasLoss) return error
  return new StructureError('update', {
    problem: 'the state does not belong to these parameters',
    got: error.got,
    expected: 'the state that init or update gave for parameters of this structure',
    hint: 'call init again when the parameters change their structure'
  })
}

/** The structure of what may be no tree. */
const keyOf = (x: unknown): string => {
  try {
    return tree.structureOf(x).key
  } catch (error) {
    if (error instanceof CotangentError) return `no tree: ${showArgument(x)}`
    throw error
  }
}

const foreignState = (got: string): StructureError =>
  new StructureError('update', {
    problem: 'the state does not belong to this transformation',
    got,
    expected: 'the state that init gave, or the last update',
    hint: 'update(grads, state, params) returns [updates, state]: pass that state on'
  })

/** What an update was given. */
export interface UpdateArguments {
  readonly grads: unknown
  readonly params: unknown
  readonly state: unknown
  readonly hasLoss: boolean
}

/** Runs an update; an error says which of its arguments do not belong together. */
export const fitting = <T>(
  { grads, params, state, hasLoss }: UpdateArguments,
  run: () => T,
  init: () => unknown
): T => {
  try {
    return run()
  } catch (error) {
    if (error instanceof CotangentError) throw diagnosed(error, grads, params, hasLoss)
    // Reading a state that is none fails in the engine's words; so may a function of the user's.
    const [own, fresh] = [keyOf(state), keyOf(init())]
    throw own === fresh ? error : foreignState(own)
  }
}
