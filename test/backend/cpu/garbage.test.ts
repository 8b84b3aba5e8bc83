/** What the engine can tell of results that nobody holds, inside of one job. */
import { describe, expect, test } from 'vitest'
import { watchGarbage } from '../../../src/backend/cpu/engine/host-node.ts'

const allowed = (): boolean => true

/** References to objects that nobody else holds. */
const dropped = (garbage: ReturnType<typeof watchGarbage>, count: number) =>
  Array.from({ length: count }, () => garbage.watch({ dropped: true }, 100))

const gone = (references: readonly (WeakRef<object> | null)[]): number =>
  references.filter((r) => r !== null && r.deref() === undefined).length

describe('reclaim', () => {
  test('lets the sweep see which handles are gone, though the job that made them runs on', () => {
    const garbage = watchGarbage(allowed)
    const held = { held: true }
    const [kept] = [garbage.watch(held, 100)]
    const references = dropped(garbage, 5000)
    expect(garbage.reclaim(() => gone(references))).toBe(5000)
    expect(kept?.deref()).toBe(held)
  })

  test('that frees nothing waits until copies have taken its time', () => {
    const garbage = watchGarbage(allowed)
    let sweeps = 0
    const sweep = (): number => {
      sweeps++
      return 0
    }
    for (let i = 0; i < 5; i++) expect(garbage.reclaim(sweep)).toBe(0)
    expect(sweeps).toBe(1)
    // Copying goes on until it has taken as long as the collection.
    let copies = 0
    while (sweeps === 1) {
      copies++
      garbage.copying(2 ** 24, () => new Float32Array(2 ** 22).fill(copies))
      garbage.reclaim(sweep)
    }
    garbage.reclaim(sweep)
    expect([copies > 0, sweeps]).toEqual([true, 2])
  })

  test('that frees much is done again at once', () => {
    const garbage = watchGarbage(allowed)
    let sweeps = 0
    for (let i = 0; i < 3; i++)
      garbage.reclaim(() => {
        sweeps++
        return 2 ** 44
      })
    expect(sweeps).toBe(3)
  })

  test('does nothing where it is not allowed, and nothing is watched', () => {
    const garbage = watchGarbage(() => false)
    expect(garbage.watch({}, 100)).toBe(null)
    expect(garbage.reclaim(() => 1)).toBe(0)
  })
})
