/** Maps over enough points to read and write vectors of four. */
import { describe, expect, test } from 'vitest'
import { jit, np, type NdArray } from 'cotangent'
import { devices } from 'cotangent/gpu'

const [webgpu] = await devices()

const [rows, columns] = [512, 516]
const count = rows * columns
const numbers = Float32Array.from({ length: count }, (_, i) => ((i * 37) % 1000) / 8 - 60)
const x = np.reshape(np.array(numbers), [rows, columns])
const row = np.array(numbers.subarray(0, columns))
const column = np.reshape(np.array(numbers.subarray(0, rows)), [rows, 1])
const square = np.reshape(np.array(numbers.subarray(0, 512 * 512)), [512, 512])

const maps: Readonly<Record<string, () => NdArray>> = {
  'one axis': () => np.ravel(x).mul(2).add(1),
  'rows and columns beside it': () => x.mul(row).add(column),
  'a number for all': () => x.mul(np.sum(row)),
  'positions along both axes': () =>
    np.where(np.greater(np.add(np.arange(columns), np.arange(rows).reshape([rows, 1])), 600), x, 0),
  'part of a row': () => np.concatenate([x, x], { axis: 1 }).slice(':', '4:520').add(1),
  'a part that is not aligned': () =>
    np.concatenate([x, x], { axis: 1 }).slice(':', '3:519').add(1),
  'a transposed operand': () => square.add(square.T),
  'truth values': () => np.logicalAnd(np.greater(x, 0), np.less(row, 5)),
  integers: () => np.bitwiseXor(x.astype('int32'), row.astype('int32')),
  'half precision': () => x.astype('float16').mul(row.astype('float16'))
}

describe.skipIf(webgpu._tag === 'Left')('a map over many points on webgpu', () => {
  test.each(Object.keys(maps))('of %s is that of the CPU', async (name) => {
    const there = jit(maps[name], { device: 'cpu' })().toTypedArray()
    const here = await jit(maps[name], { device: 'webgpu' })().data()
    expect(here.length).toBe(there.length)
    const first = there.findIndex((v, i) => !(Math.abs(v - here[i]) <= 1e-2))
    expect(first < 0 ? null : [first, here[first], there[first]]).toBe(null)
  })
})
