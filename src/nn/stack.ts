/** The same kind of layer several times, each with parameters of its own. */
import { checkTree } from './check-tree.ts'
import {
  applyChild,
  childInit,
  childOptions,
  requireCount,
  type Layer,
  type ShapesOf
} from './layer.ts'
import * as random from '../random/index.ts'

/**
 * `count` layers on top of each other, whose parameters and states are lists. `next` makes the input
 * of a layer from the input of the first and the output of the one below.
 *
 * @example
 * const deep = nn.stack(nn.dense({ features: 4 }), 3, (_x, h) => nn.relu(h))
 * const [params, state] = deep.init(random.key(0), { inputShape: [1, 4] })
 * params.length // => 3
 * deep.apply(params, state, np.ones([2, 4]))[0].shape // => [2, 4]
 *
 * @category combinators
 * @since 0.1.0
 */
export const stack = <P, S, X, Y>(
  layer: Layer<P, S, X, Y>,
  count: number,
  next: (x: X, y: Y) => X
): Layer<readonly P[], readonly S[], X, Y> => {
  requireCount('stack', 'count', count)
  const names = Array.from({ length: count }, (_, i) => i)
  return {
    kind: 'stack',
    children: Object.fromEntries(names.map((i) => [String(i), layer])),
    init: (key, options) => {
      const made = names.map((i) =>
        layer.init(random.foldIn(key, String(i)), childInit(options, i, options.inputShape))
      )
      return [made.map(([p]) => p), made.map(([, s]) => s)]
    },
    apply: (params, state, x, options = {}) => {
      checkTree('stack', 'parameters', params, names, options.path)
      checkTree('stack', 'states', state, names, options.path)
      const states: S[] = []
      const run = (i: number, input: X): Y => {
        const [y, s] = applyChild(layer, params[i], state[i], input, childOptions(options, i))
        states.push(s)
        return i + 1 === count ? y : run(i + 1, next(x, y))
      }
      const y = run(0, x)
      return [y, states]
    },
    outputShape: (inputShape: ShapesOf<X>): ShapesOf<Y> => layer.outputShape(inputShape)
  }
}
