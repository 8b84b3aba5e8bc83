import { afterEach, describe, expect, test } from 'vitest'
import { panelProduct } from '../../../src/backend/cpu/product/dense-product.ts'
import { config } from '../../../src/core/config.ts'
import {
  flipped,
  setPanelProduct,
  subtractProduct,
  type Block
} from '../../../src/core/dense/product.ts'
import { generator } from '../../core/dense/matrices.ts'

const block = (rows: number, columns: number, seed: number): Block => {
  const next = generator(seed)
  return {
    data: Float64Array.from({ length: rows * columns }, next),
    at: 0,
    down: columns,
    right: 1
  }
}

const sizes = [
  [1, 1, 1],
  [3, 5, 7],
  [4, 4, 256],
  [9, 6, 257],
  [33, 70, 600]
] as const

/** −(A B) for every size, B also read as a transpose. */
const products = (): readonly Float64Array[] =>
  sizes.flatMap(([m, n, k]) =>
    [block(k, n, 2), flipped(block(n, k, 3))].map((b) => {
      const c = block(m, n, 4)
      subtractProduct(c, block(m, k, 1), b, m, n, k)
      return c.data
    })
  )

// Before anything supplies another, products are plain loops.
const plain = products()

describe('compiled products of blocks', () => {
  afterEach(() => config({ deterministic: false }))

  test('have the bits of plain loops where results are reproducible', () => {
    config({ deterministic: true })
    setPanelProduct(panelProduct)
    expect(products()).toEqual(plain)
  })

  test('are as near as rounding allows elsewhere', () => {
    setPanelProduct(panelProduct)
    products().forEach((c, i) => {
      const [, , k] = sizes[i >> 1]
      c.forEach((x, at) => expect(Math.abs(x - plain[i][at])).toBeLessThanOrEqual(1e-16 * k))
    })
  })
})
