/** Reading and changing what layers inside a network give, by their paths. */
import { isArray, type NdArray } from '../core/array.ts'
import { StructureError, ValueError, checkFunction, listOf } from '../core/errors.ts'
import type { ApplyOptions, Interceptor } from '../nn/layer.ts'
import { matcher } from './select.ts'

/** A network on some input, with options to pass to `apply`: `(o) => net.apply(params, x, o)`. */
export type Run<O> = (options: ApplyOptions) => O

/** Does `f` to the outputs of the layers that a pattern names; the paths that were met come back. */
export const interceptedRun = <O>(
  operation: string,
  layers: string | readonly string[],
  run: Run<O>,
  f: (output: NdArray, at: string) => NdArray
): readonly [out: O, met: readonly string[]] => {
  const patterns = listOf(operation, typeof layers === 'string' ? [layers] : layers).map(
    (text) => [text, matcher(text, false)] as const
  )
  const all: string[] = []
  const met: string[] = []
  const intercept: Interceptor = (output, at, kind) => {
    all.push(at)
    if (!patterns.some(([, matches]) => matches.test(at))) return output
    if (!isArray(output))
      throw new StructureError(operation, {
        problem: 'a layer gives something that is no array',
        got: `the output of ${kind} at ${at}`,
        expected: 'a layer that gives one array',
        hint: 'name the layer around or inside it that does'
      })
    met.push(at)
    return f(output, at)
  }
  const out = run({ intercept })
  for (const [text, matches] of patterns)
    if (!all.some((at) => matches.test(at)))
      throw new ValueError(operation, {
        problem: 'a pattern matches no layer that ran',
        got: `'${text}'`,
        expected:
          all.length === 0
            ? 'a network of layers, which gets the options that it is run with'
            : `some of: ${[...new Set(all)].slice(0, 12).join(', ')}`,
        hint: 'pass the options on: (options) => net.apply(params, x, options)'
      })
  return [out, met]
}

/**
 * What a network gives, and on the way the outputs of some of its layers, by path: features to
 * look at, or to distil.
 *
 * Errors: ValueError when a pattern matches no layer.
 *
 * @example
 * const net = nn.stateless(nn.sequential({ hidden: nn.dense({ features: 4 }), out: nn.dense({ features: 2 }) }))
 * const params = net.init(random.key(0), { inputShape: [1, 3] })
 * const [, features] = captureFeatures('hidden', (o) => net.apply(params, np.ones([5, 3]), o))
 * features['hidden'].shape // => [5, 4]
 *
 * @category distillation
 * @since 0.1.0
 */
export const captureFeatures = <O>(
  layers: string | readonly string[],
  run: Run<O>
): readonly [out: O, features: Readonly<Record<string, NdArray>>] => {
  checkFunction('captureFeatures', run)
  const features: Record<string, NdArray> = {}
  const [out] = interceptedRun('captureFeatures', layers, run, (output, at) => {
    features[at] = output
    return output
  })
  return [out, features]
}
