/** A chain whose states have names. */
import { ValueError, listOf } from '../core/errors.ts'
import { transformation, type GradientTransformation, type OptState } from './transformation.ts'

/**
 * As `chain`, with a state `{ name: … }` for each transformation.
 *
 * Errors: ValueError when a name occurs twice.
 *
 * @category combinators
 * @since 0.1.0
 */
export const namedChain = (
  ...named: readonly (readonly [name: string, t: GradientTransformation])[]
): GradientTransformation => {
  const names = named.map((pair) => listOf('namedChain', pair, 'a part')[0] as string)
  if (new Set(names).size < names.length)
    throw new ValueError('namedChain', {
      problem: 'a name occurs twice',
      got: names.join(', '),
      expected: 'a name of its own for each transformation',
      hint: 'chain needs no names'
    })
  return transformation<Readonly<Record<string, OptState>>>(
    {
      init: (params) => Object.fromEntries(named.map(([name, t]) => [name, t.init(params)])),
      update: (grads, states, params, extra) => {
        const next: Record<string, OptState> = {}
        const updates = named.reduce((halfway, [name, t]) => {
          const [after, state] = t.update(halfway, states[name], params, extra)
          next[name] = state
          return after
        }, grads)
        return [updates, next]
      }
    },
    'namedChain',
    ...named.map(([, t]) => t)
  )
}
