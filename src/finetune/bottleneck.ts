/** Bottleneck adapters: a narrow network behind a layer, with a way around it. */
import type { NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { slashed } from '../core/path.ts'
import { show } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { relu } from '../nn/activations/rectified.ts'
import { dense, type DenseParams } from '../nn/layers/dense.ts'
import * as random from '../random/index.ts'
import { evalShape, shapeDType } from '../transforms/inspect.ts'
import { insertAt, type AdapterTree } from './adaptation.ts'
import { interceptedRun, type Run } from './interception.ts'

export interface BottleneckOptions {
  /** The narrow width: 8 by default. */
  readonly features?: number
  /**
   * Paths of layers. Of the transformer blocks of nn, `**` + `/{selfAttention,feedForward}` is
   * Houlsby's choice (the default) and `**` + `/feedForward` Pfeiffer's.
   */
  readonly layers?: string | readonly string[]
  /** `relu` by default. */
  readonly activation?: (x: NdArray) => NdArray
}

export interface BottleneckParts {
  readonly down: DenseParams // [width, features]
  readonly up: DenseParams // [features, width]
}

export type BottleneckAdapter = AdapterTree<BottleneckParts>

export interface Bottleneck {
  /** Adapters behind the layers that `run` meets, which change nothing yet. `run` sees no values. */
  readonly init: <O>(key: NdArray, run: Run<O>) => BottleneckAdapter
  /** The network with its adapters. */
  readonly apply: <O>(adapter: BottleneckAdapter, run: Run<O>) => O
}

const map = dense({ features: 1 }) // dense.apply reads its parameters alone

const widthMisfit = (at: string, output: NdArray, parts: BottleneckParts): ShapeError =>
  new ShapeError('bottleneck', {
    problem: 'an adapter is of another width than its layer',
    got: `${at} gives ${show(output.shape)}, its adapter takes ${parts.down.kernel.shape[0]} features`,
    expected: 'the adapter that init made for this network',
    hint: 'init with the network that apply gets'
  })

/**
 * h + up(activation(down(h))) behind layers of a network. `up` begins at zero, so the adapted
 * network begins as the base. `merge` is not possible: there is a nonlinearity inside.
 *
 * Errors: ValueError for an impossible width and for a pattern that matches no layer; ShapeError
 *         with the layer's path for the adapter of another network.
 * Source: Houlsby et al. 2019; Pfeiffer et al. 2021. Zero begins: He et al. 2022.
 *
 * @example
 * const net = nn.stateless(nn.sequential({ hidden: nn.dense({ features: 4 }), out: nn.dense({ features: 2 }) }))
 * const params = net.init(random.key(0), { inputShape: [1, 3] })
 * const run = (options: nn.ApplyOptions) => net.apply(params, np.ones([1, 3]), options)
 * const method = bottleneck({ features: 1, layers: 'hidden' })
 * const adapter = method.init(random.key(1), run)
 * np.allclose(method.apply(adapter, run), run({})) // => true
 *
 * @category adapters
 * @since 0.1.0
 */
export const bottleneck = (options: BottleneckOptions = {}): Bottleneck => {
  checkOptions('bottleneck', options, ['features', 'layers', 'activation'])
  const { features = 8, layers = '**/{selfAttention,feedForward}', activation = relu } = options
  if (!Number.isInteger(features) || features < 1)
    throw new ValueError('bottleneck', {
      problem: 'features is no width',
      got: `features: ${String(features)}`,
      expected: 'an integer from 1 on',
      hint: 'a sixteenth of the width of the layers is a common choice'
    })
  const make = (key: NdArray, width: number): BottleneckParts => {
    const part = (name: string, from: number, to: number, scale: number): DenseParams => {
      const [{ kernel, bias }] = dense({ features: to }).init(random.foldIn(key, name), {
        inputShape: [from]
      })
      return { kernel: lax.mul(kernel, scale), ...(bias === undefined ? {} : { bias }) }
    }
    return { down: part('down', width, features, 1), up: part('up', features, width, 0) }
  }
  return {
    init: (key, run) => {
      const widths = new Map<string, number>()
      evalShape((_none: NdArray) => {
        interceptedRun('bottleneck', layers, run, (output, at) => {
          widths.set(at, output.shape[output.ndim - 1])
          return output
        })
        return 0
      }, shapeDType([]))
      return [...widths].reduce<BottleneckAdapter>(
        (adapter, [at, width]) =>
          insertAt(adapter, at.split('/'), make(random.foldIn(key, at), width)),
        {}
      )
    },
    apply: (adapter, run) => {
      const parts = partsOf(adapter)
      return interceptedRun('bottleneck', [...parts.keys()], run, (output, at) => {
        const own = parts.get(at) as BottleneckParts // patterns are the paths of the adapter
        if (output.shape[output.ndim - 1] !== own.down.kernel.shape[0])
          throw widthMisfit(at, output, own)
        const [narrow] = map.apply(own.down, {}, output)
        const [wide] = map.apply(own.up, {}, activation(narrow))
        return lax.add(output, lax.convertElementType(wide, output.dtype))
      })[0]
    }
  }
}

/** The adapters by the path of their layer. */
const partsOf = (adapter: BottleneckAdapter): ReadonlyMap<string, BottleneckParts> => {
  const found = new Map<string, Record<string, Record<string, NdArray>>>()
  for (const [path, leaf] of tree.flattenWithPath(adapter, 'bottleneck')[0]) {
    const [part, name] = path.slice(-2).map(String)
    const at = slashed(path.slice(0, -2))
    const own = found.get(at) ?? {}
    found.set(at, { ...own, [part]: { ...own[part], [name]: leaf as NdArray } })
  }
  return found as ReadonlyMap<string, unknown> as ReadonlyMap<string, BottleneckParts> // as init made it
}
