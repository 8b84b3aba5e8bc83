import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { np, type NdArray } from 'cotangent'
import { trainThenFreeze, type Params } from '../../docs/examples/textbook/freeze-first-layer.ts'
import { expectArray, expectClose } from '../equality.ts'

interface Stored {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** PyTorch's own run: 100 steps of SGD, then 50 with requires_grad off in the first layer. */
interface Table {
  readonly x: Stored
  readonly y: Stored
  readonly init: Readonly<Record<string, Stored>>
  readonly losses: readonly number[]
  readonly after_train: Readonly<Record<string, Stored>>
  readonly finetune_losses: readonly number[]
  readonly after_finetune: Readonly<Record<string, Stored>>
}

const file = new URL('freeze-table.json.gz', import.meta.url)
const table = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Table

const array = ({ shape, data }: Stored): NdArray => np.reshape(np.array(data), shape)

/** PyTorch keeps weights [out, in]. */
const params = (of: Readonly<Record<string, Stored>>): Params => ({
  fc1: { kernel: array(of['0.weight']).T, bias: array(of['0.bias']) },
  relu: {},
  fc2: { kernel: array(of['2.weight']).T, bias: array(of['2.bias']) }
})

describe('the 10-20-2 classifier', () => {
  const { trained, tuned } = trainThenFreeze(params(table.init), {
    x: array(table.x),
    y: array(table.y).astype('int32')
  })
  const close = { rtol: 0, atol: 1e-4 }

  const expectParams = (actual: Params, expected: Params): void => {
    expectClose(actual.fc1.kernel, expected.fc1.kernel, close)
    expectClose(actual.fc1.bias as NdArray, expected.fc1.bias as NdArray, close)
    expectClose(actual.fc2.kernel, expected.fc2.kernel, close)
    expectClose(actual.fc2.bias as NdArray, expected.fc2.bias as NdArray, close)
  }

  test('trains as PyTorch trains it', () => {
    expect(trained.losses.length).toBe(100)
    expectClose(np.array(trained.losses), np.array(table.losses), close)
    expectParams(trained.params, params(table.after_train))
  })

  test('trains on as PyTorch does with its first layer frozen, and that does not move by a bit', () => {
    expectClose(np.array(tuned.losses), np.array(table.finetune_losses), close)
    expectParams(tuned.params, params(table.after_finetune))
    expectArray(tuned.params.fc1.kernel, trained.params.fc1.kernel)
    expectArray(tuned.params.fc1.bias as NdArray, trained.params.fc1.bias as NdArray)
  })
})
