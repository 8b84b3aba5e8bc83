/** Selections by what layers are and in which order they come. */
import { ValueError, showArgument, listOf, checkOptions } from '../core/errors.ts'
import { slashed, type Path } from '../core/path.ts'
import * as tree from '../core/tree.ts'
import type { Pattern } from './select.ts'

/** What a selection needs to know of a network: any layer of `nn` is one. */
export interface LayerTree {
  readonly kind: string
  readonly children: Readonly<Record<string, LayerTree>>
}

/** The layers on the way to a leaf, the network first. */
const layersTo = (network: LayerTree, path: Path): readonly LayerTree[] => {
  const child = path.length === 0 ? undefined : network.children[String(path[0])]
  return child === undefined ? [network] : [network, ...layersTo(child, path.slice(1))]
}

/** Throws unless the argument is a network: a layer, whose children are layers. */
const requireNetwork = (operation: string, network: unknown): void => {
  const children: unknown = (network as Partial<LayerTree> | null | undefined)?.children
  if (typeof children === 'object' && children !== null) return
  throw new ValueError(operation, {
    problem: 'the first argument is no network',
    got: showArgument(network),
    expected: 'a layer of nn, such as nn.sequential(…)',
    hint: `finetune.${operation}(network, …): the parameters come after it`
  })
}

const kindsOf = (network: LayerTree): readonly string[] =>
  [...new Set([network.kind, ...Object.values(network.children).flatMap(kindsOf)])].sort()

/**
 * The parameters of all layers of some kinds ('dense', 'conv', 'batchNorm' …), and of the layers
 * inside those.
 *
 * Errors: ValueError when the network has no layer of a kind.
 *
 * @example
 * const net = nn.sequential({ a: nn.conv({ features: 2, kernelSize: [3] }), b: nn.dense({ features: 1 }) })
 * const [params] = net.init(random.key(0), { inputShape: [1, 5, 1] })
 * finetune.describe(params, byKind(net, 'dense')).trainable // => 3
 *
 * @category selections
 * @since 0.1.0
 */
export const byKind = (network: LayerTree, kind: string | readonly string[]): Pattern => {
  requireNetwork('byKind', network)
  const wanted = listOf('byKind', typeof kind === 'string' ? [kind] : kind)
  const known = kindsOf(network)
  const missing = wanted.find((k) => !known.includes(k))
  if (missing !== undefined)
    throw new ValueError('byKind', {
      problem: 'the network has no layer of this kind',
      got: `'${missing}'`,
      expected: `some of: ${known.join(', ')}`,
      hint: 'the kind of a layer is its name in nn, as layer.kind says'
    })
  return (_path, _leaf, entries) =>
    layersTo(network, entries).some((layer) => wanted.includes(layer.kind))
}

export interface LayersOptions {
  /** How many levels of nested layers to open: all by default. */
  readonly levels?: number
}

const open = (network: LayerTree, levels: number, path: readonly string[]): readonly string[] => {
  const children = Object.entries(network.children)
  if (children.length === 0 || levels === 0) return path.length === 0 ? [] : [path.join('/')]
  return children.flatMap(([name, child]) => open(child, levels - 1, [...path, name]))
}

/**
 * The paths of the layers that have parameters, in the order in which the network was written:
 * patterns for `partition`, and groups for `layerwiseDecay` and `gradualUnfreezing`.
 *
 * @example
 * const net = nn.stateless(nn.sequential({ hidden: nn.dense({ features: 4 }), relu: nn.relu, out: nn.dense({ features: 2 }) }))
 * layersOf(net, net.init(random.key(0), { inputShape: [1, 3] })) // => ['hidden', 'out']
 *
 * @category selections
 * @since 0.1.0
 */
export const layersOf = (
  network: LayerTree,
  params: unknown,
  options: LayersOptions = {}
): readonly string[] => {
  checkOptions('layersOf', options, ['levels'])
  requireNetwork('layersOf', network)
  const { levels = Infinity } = options
  const leaves = tree.flattenWithPath(params, 'layersOf')[0].map(([path]) => slashed(path))
  return open(network, levels, []).filter((layer) =>
    leaves.some((leaf) => leaf.startsWith(`${layer}/`))
  )
}

/**
 * The layers from position `from` to before `to`, counted as by `Array.slice`: `-2` for the last two.
 *
 * Errors: ValueError when there is none.
 *
 * @example
 * const net = nn.stateless(nn.sequential({ hidden: nn.dense({ features: 4 }), relu: nn.relu, out: nn.dense({ features: 2 }) }))
 * const params = net.init(random.key(0), { inputShape: [1, 3] })
 * finetune.describe(params, byDepth(net, params, -1)).trainable // => 10
 *
 * @category selections
 * @since 0.1.0
 */
export const byDepth = (
  network: LayerTree,
  params: unknown,
  from: number,
  to?: number
): readonly string[] => {
  const layers = layersOf(network, params)
  const chosen = layers.slice(from, to)
  if (chosen.length > 0) return chosen
  throw new ValueError('byDepth', {
    problem: 'no layer is at these positions',
    got: to === undefined ? `from ${from}` : `from ${from} to ${to}`,
    expected: `positions among ${layers.length} layers: ${layers.slice(0, 8).join(', ')}`,
    hint: 'negative positions count from the end: -1 is the last layer'
  })
}
