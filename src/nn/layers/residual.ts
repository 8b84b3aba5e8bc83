/** A layer around which its input is carried. */
import { ShapeError, checkOptions } from '../../core/errors.ts'
import { equals, show, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import {
  applyChild,
  childInit,
  childOptions,
  lambda,
  toLayer,
  type Empty,
  type Layer,
  type LayerLike,
  type ParamsOf,
  type StateOf
} from '../layer.ts'

export interface ResidualOptions<L extends LayerLike> {
  /** What the input goes through on its way around: nothing by default. */
  readonly shortcut?: L
}

export interface Residual<B, S> {
  readonly body: B
  readonly shortcut: S
}

type Identity = Layer<Empty, Empty>

const mismatch = (body: Shape, shortcut: Shape): ShapeError =>
  new ShapeError('residual', {
    problem: 'the two ways end in different shapes',
    got: `body ${show(body)}, shortcut ${show(shortcut)}`,
    expected: 'equal shapes, which can be added',
    hint: 'give a shortcut, such as a convolution with kernelSize [1, 1] and the strides of the body'
  })

/**
 * y = body(x) + shortcut(x).
 *
 * Shape:  [...] -> [...], as the body has it.
 * Errors: ShapeError when the two summands differ in shape.
 * Source: He et al. 2016.
 *
 * @category combinators
 * @since 0.1.0
 */
export const residual = <B extends LayerLike, S extends LayerLike = Identity>(
  body: B,
  options: ResidualOptions<S> = {}
): Layer<Residual<ParamsOf<B>, ParamsOf<S>>, Residual<StateOf<B>, StateOf<S>>> => {
  checkOptions('residual', options, ['shortcut'])
  const main = toLayer(body)
  const around = toLayer(options.shortcut ?? lambda((x) => x, { kind: 'identity' }))
  return {
    kind: 'residual',
    children: { body: main, shortcut: around },
    init: (key, given) => {
      const { inputShape } = given
      const [b, bs] = main.init(random.foldIn(key, 'body'), childInit(given, 'body', inputShape))
      const [s, ss] = around.init(
        random.foldIn(key, 'shortcut'),
        childInit(given, 'shortcut', inputShape)
      )
      return [
        { body: b, shortcut: s },
        { body: bs, shortcut: ss }
      ]
    },
    apply: (params, state, x, applied = {}) => {
      const [y, bs] = applyChild(main, params.body, state.body, x, childOptions(applied, 'body'))
      const [z, ss] = applyChild(
        around,
        params.shortcut,
        state.shortcut,
        x,
        childOptions(applied, 'shortcut')
      )
      if (!equals(y.shape, z.shape)) throw mismatch(y.shape, z.shape)
      return [lax.add(y, z), { body: bs, shortcut: ss }]
    },
    outputShape: (inputShape) => main.outputShape(inputShape)
  }
}
