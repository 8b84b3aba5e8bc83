import { describe, expect, test } from 'vitest'
import { gpt, integers, numbers } from './data.ts'
import type { Workloads } from './party.ts'
import { rows } from './rows.ts'
import { kernels } from './workloads/kernels.ts'
import { small } from './workloads/small.ts'
import { models } from './workloads/training.ts'

const offered: Workloads = { ...kernels, ...models, ...small }

describe('the bench', () => {
  test('has a workload for every row, and a row for every workload', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(Object.keys(offered).toSorted())
  })

  test('makes the data that its parties make in Python', () => {
    // NumPy 1.24: hashed(3, 1) and hashed(4, 11) of peers/torch.py.
    const expected = [-0.3170836567878723, 0.24008482694625854, 0.06439512968063354]
    numbers(3, 1, 0.5).forEach((x, i) => expect(x).toBeCloseTo(expected[i], 6))
    expect(Array.from(integers(4, 11, 10))).toEqual([7, 0, 2, 7])
    expect(gpt().length).toBe(53)
  })

  test('trains its models from the losses that every party starts with', async () => {
    const [mlp, cnn] = await Promise.all([offered.mlp(), offered.cnn()])
    expect((await mlp.check())[0]).toBeCloseTo(2.31674, 4)
    expect((await cnn.check())[0]).toBeCloseTo(2.30574, 4)
  })
})
