import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, test } from 'vitest'
import { JoinDType } from '../src/core/instances.ts'
import { makeAval, type NdArray } from '../src/core/array.ts'
import { adam } from '../src/optim/adam.ts'
import { addDecayedWeights } from '../src/optim/add-decayed-weights.ts'
import { getMonoid } from '../src/optim/chain.ts'
import { clip } from '../src/optim/clipping.ts'
import { scale } from '../src/optim/scale.ts'
import { trace } from '../src/optim/trace.ts'
import type { GradientTransformation } from '../src/optim/transformation.ts'
import '../src/install.ts'
import * as arbitrary from './arbitraries.ts'
import { within } from './comparison.ts'
import { direction } from './directions.ts'
import * as monoid from './monoid.ts'
import * as semilattice from './semilattice.ts'
import * as tree from './tree.ts'

describe('trees', () => {
  test('are a functor', () => {
    fc.assert(tree.functorIdentity())
    fc.assert(
      tree.functorComposition(
        (x) => x + 1,
        (x) => x * 2
      )
    )
  })

  test('are traversable', () => {
    fc.assert(tree.traversableIdentity())
    fc.assert(tree.traversableNaturality((x) => (x < 99 ? E.right(x * 2) : E.left(`${x}`))))
  })

  test('are their leaves and their structure', () => fc.assert(tree.flattenRoundTrip()))
  test('have a lens at every leaf', () => fc.assert(tree.lens()))
})

describe('promotion of element types', () => {
  const promotion = { lattice: JoinDType, elements: arbitrary.dtype }

  test('is a bounded join semilattice', () => {
    fc.assert(semilattice.associativity(promotion), { numRuns: 1000 })
    fc.assert(semilattice.commutativity(promotion))
    fc.assert(semilattice.idempotence(promotion))
    fc.assert(semilattice.bound(promotion))
  })
})

describe('optimizers under chain', () => {
  const params = direction(makeAval([3], 'float64'), 1)

  /** The updates that three gradients give: what there is to observe of an optimizer. */
  const emitted = (t: GradientTransformation): readonly NdArray[] =>
    [2, 3, 4].reduce<{ readonly state: object; readonly updates: readonly NdArray[] }>(
      ({ state, updates }, seed) => {
        const [update, next] = t.update(direction(makeAval([3], 'float64'), seed), state, params)
        return { state: next, updates: [...updates, update] }
      },
      { state: t.init(params), updates: [] }
    ).updates

  const elements = fc.constantFrom<GradientTransformation>(
    scale(-0.1),
    trace({ decay: 0.9 }),
    addDecayedWeights({ weightDecay: 0.1 }),
    clip(0.5),
    adam({ learningRate: 0.01 })
  )

  const optimizers = {
    monoid: getMonoid(),
    elements,
    equals: (x: GradientTransformation, y: GradientTransformation) => {
      const [a, b] = [emitted(x), emitted(y)]
      return a.every((u, i) => within(1e-15)(u, b[i]) === null)
    }
  }

  test('are a monoid, by the updates that they emit', () => {
    fc.assert(monoid.associativity(optimizers))
    fc.assert(monoid.unit(optimizers))
  })
})
