import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
import { linalg, stats } from '../../src/scipy/index.ts'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'

const close = (a: NdArray, b: NdArray): void => {
  expect(a.shape).toEqual(b.shape)
  expect(np.max(np.abs(np.sub(a, b))).item()).toBeLessThan(1e-5)
}

describe('scipy', () => {
  test('a matrix is the product of its triangular factors and their permutation', () => {
    for (const shape of [
      [4, 4],
      [5, 3],
      [3, 5]
    ]) {
      const a = random.normal(random.key(3), shape)
      const [p, l, u] = linalg.lu(a)
      close(np.matmul(p, np.matmul(l, u)), a)
    }
  })

  test.each([0, 1, 2, 'N', 'T', 'C'] as const)(
    'solutions solve the system of trans %s',
    (trans) => {
      const draw = (i: number, shape: readonly number[]): NdArray =>
        random.normal(random.foldIn(random.key(5), i), shape, { dtype: 'complex64' })
      const [a, b] = [np.add(draw(0, [3, 3]), np.mul(np.eye(3), 4)), draw(1, [3, 2])]
      const turned = (x: NdArray): NdArray =>
        trans === 0 || trans === 'N'
          ? x
          : trans === 1 || trans === 'T'
            ? np.transpose(x)
            : np.conj(np.transpose(x))
      close(np.matmul(turned(a), linalg.luSolve(linalg.luFactor(a), b, { trans })), b)
      const lower = np.tril(a)
      const x = linalg.solveTriangular(lower, b, { trans, lower: true })
      close(np.matmul(turned(lower), x), b)
    }
  )

  test('rows of a Hadamard matrix are orthogonal', () => {
    const h = linalg.hadamard(8)
    expectArray(np.matmul(h, np.transpose(h)), np.mul(np.eye(8), 8))
    expect(() => linalg.hadamard(6)).toThrow('a power of 2')
  })

  test('elements of a Hilbert matrix are reciprocals', () => {
    expectArray(
      linalg.hilbert(2),
      np.array([
        [1, 1 / 2],
        [1 / 2, 1 / 3]
      ])
    )
  })

  test('the matrix of the Fourier transform transforms, and is unitary with its scale', () => {
    const x = random.normal(random.key(4), [6])
    close(np.matmul(linalg.dft(6), x), np.fft.fft(x))
    const unitary = linalg.dft(6, 'sqrtn')
    close(np.abs(np.matmul(unitary, np.conj(np.transpose(unitary)))), np.eye(6))
    expect(message(() => linalg.dft(6, 'm' as 'n'))).toMatchInlineSnapshot(`
      "ValueError dft: there is no such scale
        got:      scale: m
        expected: null, 'sqrtn' or 'n'
        hint:     'sqrtn' makes the matrix unitary"
    `)
  })

  test('the least of the most frequent elements is the mode', () => {
    const { mode, count } = stats.mode(np.array([3, 1, 3, 1, 2]))
    expect([mode.item(), count.item()]).toEqual([1, 2])
  })
})
