/** Functions given to control operations, as programs whose closed-over values are arguments. */
import { avalOf, type Aval, type NdArray } from '../core/array.ts'
import { StructureError } from '../core/errors.ts'
import { show as showPath } from '../core/path.ts'
import { difference, leafPaths, type Structure } from '../core/structure.ts'
import { show as showAval, fits, strong } from '../trace/aval.ts'
import { flatFunction } from '../trace/flat.ts'
import { variable, type Jaxpr } from '../trace/jaxpr.ts'
import { traceToJaxpr } from '../trace/make-jaxpr.ts'

export type AnyFunction = (...args: never[]) => unknown

export interface Body {
  /** The values closed over are its first inputs. */
  readonly jaxpr: Jaxpr
  readonly consts: readonly NdArray[]
  readonly structure: Structure
}

/** Traces `f` for a list of arguments with this structure. */
export const traceBody = (
  operation: string,
  f: AnyFunction,
  avals: readonly Aval[],
  structure: Structure
): Body => {
  const flat = flatFunction(f, structure, operation)
  const { jaxpr, consts } = traceToJaxpr(flat.call, avals, operation)
  return { jaxpr, consts, structure: flat.structure() }
}

/** Gives several programs the same leading inputs: the values any of them closes over. */
export const joinConstants = (
  bodies: readonly Body[]
): { readonly jaxprs: readonly Jaxpr[]; readonly consts: readonly NdArray[] } => {
  const consts = [...new Set(bodies.flatMap((b) => b.consts))]
  return {
    consts,
    jaxprs: bodies.map((b) => {
      const own = new Map(b.consts.map((c, i) => [c, b.jaxpr.inputs[i]]))
      const leading = consts.map((c) => own.get(c) ?? variable(avalOf(c)))
      return { ...b.jaxpr, inputs: [...leading, ...b.jaxpr.inputs.slice(b.consts.length)] }
    })
  }
}

/**
 * Throws unless the carry comes out of the body with the structure and types it went in with. A
 * carry that is a list of `ownEntries` counters and the user's carry is checked from there on.
 */
export const checkCarry = (
  operation: string,
  given: Structure,
  givenAvals: readonly Aval[],
  returned: Structure,
  returnedAvals: readonly Aval[],
  ownEntries = 0
): void => {
  if (ownEntries > 0 && given._tag === 'tuple' && returned._tag === 'tuple')
    return checkCarry(
      operation,
      given.children[ownEntries],
      givenAvals.slice(ownEntries),
      returned.children[ownEntries],
      returnedAvals.slice(ownEntries)
    )
  const paths = leafPaths(given)
  const rows =
    given.key === returned.key
      ? givenAvals.flatMap((a, i) => {
          const b = returnedAvals[i]
          return fits(a, b)
            ? []
            : [`${showPath(paths[i])}: ${showAval(a)} became ${showAval(strong(b))}`]
        })
      : difference(given, returned)
  if (rows.length === 0) return
  throw new StructureError(operation, {
    problem: 'the carry changes its structure or types',
    got: rows.slice(0, 8).join('; '),
    expected: 'the carry that the body returns to be as the one it was given',
    hint: 'convert the first carry with astype, or return every leaf in the same place'
  })
}
