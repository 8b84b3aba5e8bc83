/** Maps over many arrays that are one launch over packs. */
import { describe, expect, test } from 'vitest'
import { jit, np, optim, type NdArray } from 'cotangent'
import { legalize, type Abilities, type Legal } from '../../../src/backend/gpujs/passes/legalize.ts'
import type { PassBuffer } from '../../../src/backend/gpujs/passes/pass.ts'
import { supportsWgsl } from '../../../src/backend/gpujs/supports.ts'
import { lowerProgram } from '../../../src/compile/program.ts'

const abilities: Abilities = {
  maxBuffers: 10,
  atomics: true,
  tiles: true,
  packs: true,
  isHostOnly: () => false,
  supports: supportsWgsl
}

type Leaves = readonly NdArray[]

const passesOf = ({ steps }: Legal): readonly string[] =>
  steps.map((s) => {
    if (s._tag !== 'pass') return s._tag
    const p = s.pass
    if (p._tag === 'map') return `map [${p.space.join()}]`
    return p._tag === 'reduce' ? `reduce [${p.axes.join()}] over [${p.extents.join()}]` : p._tag
  })

/** The passes of a program, and the sizes of what its packs hold. */
const launches = (
  f: (...args: readonly Leaves[]) => unknown,
  ...args: readonly Leaves[]
): { readonly passes: readonly string[]; readonly packs: readonly string[] } => {
  const legal = legalize(lowerProgram(jit(f).lower(...args).jaxpr), abilities)
  const sizes = ({ parts }: PassBuffer): readonly string[] =>
    parts === undefined ? [] : [parts.map((p) => legal.buffers[p.buffer].size).join(' + ')]
  return { passes: passesOf(legal), packs: legal.buffers.flatMap(sizes) }
}

const leaves: Leaves = [np.ones([3]), np.ones([4, 5]), np.ones([100])]

describe('a map over many arrays', () => {
  test('is one launch, whatever their shapes', () => {
    expect(launches((xs) => xs.map((x) => np.exp(x).mul(2)), leaves)).toEqual({
      passes: ['map [256]'],
      packs: ['3 + 20 + 100', '3 + 20 + 100']
    })
  })

  test('has a pack for each part that arrays play in it', () => {
    const update = (ps: Leaves, gs: Leaves): unknown => ps.map((p, i) => p.sub(gs[i].mul(0.1)))
    expect(launches(update, leaves, leaves)).toEqual({
      passes: ['map [256]'],
      packs: ['3 + 20 + 100', '3 + 20 + 100', '3 + 20 + 100']
    })
  })

  test('takes a number that all of them read as it is', () => {
    const [scale] = [np.array(2)]
    const { passes } = launches((xs, [s]) => xs.map((x) => x.mul(s.sum())), leaves, [scale])
    expect(passes).toEqual(['map [256]'])
  })

  test('has an axis more where indices are not flat and shapes agree', () => {
    const square = [np.ones([4, 5]), np.ones([4, 5])]
    const turned = (ps: Leaves, gs: Leaves): unknown => ps.map((p, i) => p.add(gs[i].T))
    const { passes, packs } = launches(
      turned,
      square,
      square.map((x) => x.T)
    )
    expect(passes).toEqual(['map [2,4,5]'])
    expect(packs).toEqual(['20 + 20', '20 + 20', '20 + 20'])
  })

  test('stays apart where one needs another', () => {
    const chained = ([x]: Leaves): unknown => {
      const y = np.sum(np.exp(x))
      return [np.exp(x.mul(y)), y]
    }
    expect(launches(chained, [np.ones([4, 5])]).packs).toEqual([])
  })

  test('stays apart where a launch before the last member reads what the first one makes', () => {
    const between = ([a, b]: Leaves): unknown => {
      const made = np.exp(a)
      return [made, np.cumsum(made), np.exp(b.mul(np.sum(np.cumsum(made))))]
    }
    expect(launches(between, [np.ones([6]), np.ones([7])]).packs).toEqual([])
  })
})

describe('the update of an optimizer', () => {
  const params = { w: np.ones([4, 5]), b: np.ones([5]), v: np.ones([5, 3]), c: np.ones([3]) }

  test.each([
    ['sgd', optim.sgd({ learningRate: 0.1 }), ['map [256]']],
    ['momentum', optim.sgd({ learningRate: 0.1, momentum: 0.9 }), ['map [256]']],
    ['adam', optim.adam({ learningRate: 0.1 }), ['map []', 'map [256]']]
  ] as const)('%s is one launch for all parameters', (_name, optimizer, expected) => {
    const update = (p: typeof params, state: optim.OptState, grads: typeof params): unknown => {
      const [updates, next] = optimizer.update(grads, state, p)
      return [optim.applyUpdates(p, updates), next]
    }
    const { jaxpr } = jit(update).lower(params, optimizer.init(params), params)
    expect(passesOf(legalize(lowerProgram(jaxpr), abilities))).toEqual(expected)
  })
})

describe('maps that fill one array', () => {
  test('are one launch where their places never meet', () => {
    const rows = [np.ones([6, 4]), np.ones([6, 4]), np.ones([6, 4])]
    const beside = (xs: Leaves): NdArray => np.concatenate(xs, { axis: 1 })
    const below = (xs: Leaves): NdArray => np.concatenate(xs, { axis: 0 })
    expect(launches(beside, rows).passes).toEqual(['map [6,4]'])
    expect(launches(below, rows).passes).toEqual(['map [6,4]'])
  })

  test('are launches of their own where extents differ', () => {
    const beside = (xs: Leaves): NdArray => np.concatenate(xs, { axis: 1 })
    expect(launches(beside, [np.ones([6, 4]), np.ones([6, 3])]).passes.length).toBe(2)
  })

  test('that store the results of a reduction are part of it', () => {
    const moments = ([x]: Leaves): unknown => [
      np.sum(x, { axis: 0 }),
      np.sum(np.square(x), { axis: 0 })
    ]
    expect(launches(moments, [np.ones([90, 5])]).passes).toEqual(['reduce [5] over [90]'])
  })
})
