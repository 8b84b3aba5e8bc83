/** The layers inside a container, given as a list or by name, and trees of the same form. */
import { ValueError, showArgument } from '../core/errors.ts'
import type { PathEntry } from '../core/path.ts'
import { toLayer, type AnyLayer, type LayerLike } from './layer.ts'

export type Layers = readonly LayerLike[] | Readonly<Record<string, LayerLike>>

/** A tree with an entry for each layer, read by its name. */
export type Fields = Readonly<Record<PathEntry, unknown>>

export interface Children {
  readonly parts: readonly (readonly [name: PathEntry, layer: AnyLayer])[]
  readonly names: readonly PathEntry[]
  readonly byName: Readonly<Record<string, AnyLayer>>
  /** One value for each layer, in the container that the layers were given in. */
  // The caller's mapped types say that it is this container, entry for entry.
  readonly collect: <T>(values: readonly unknown[]) => T
}

export const childrenOf = (layers: Layers): Children => {
  const isList = Array.isArray(layers)
  if (typeof layers !== 'object' || layers === null)
    throw new ValueError('layers', {
      problem: 'there are no layers',
      got: showArgument(layers),
      expected: 'a list of layers, or an object of them',
      hint: 'nn.sequential([nn.dense({ features: 8 }), nn.relu])'
    })
  const parts = Object.entries(layers as Readonly<Record<string, LayerLike>>).map(
    ([name, layer]) => [isList ? Number(name) : name, toLayer(layer)] as const
  )
  const names = parts.map(([name]) => name)
  return {
    parts,
    names,
    byName: Object.fromEntries(parts),
    collect: <T>(values: readonly unknown[]): T =>
      (isList ? values : Object.fromEntries(names.map((name, i) => [name, values[i]]))) as T
  }
}
