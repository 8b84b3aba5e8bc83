import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { ravelPytree } from '../../src/transforms/ravel.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import * as np from '../../src/numpy/index.ts'
import { message } from '../core/message.ts'

const params = { a: np.array([[1, 2]]), n: np.array([7]).astype('int32'), s: np.array(3) }

describe('ravelPytree', () => {
  test('lists all elements, and puts them back with their shapes and types', () => {
    const [flat, unravel] = ravelPytree(params)
    expect(flat.toNested()).toEqual([1, 2, 7, 3])
    const back = unravel(flat)
    expect(back.a.toNested()).toEqual([[1, 2]])
    expect(back.n.dtype).toBe('int32')
    expect(back.s.shape).toEqual([])
  })

  test('of a tree without leaves is empty', () => {
    const [flat, unravel] = ravelPytree({})
    expect(flat.shape).toEqual([0])
    expect(unravel(flat)).toEqual({})
  })

  test('is differentiated and mapped like any other function', () => {
    const [flat, unravel] = ravelPytree(params)
    const slope = grad((v) => np.sum(np.square(unravel(v).a)))(flat)
    expect(slope.toNested()).toEqual([2, 4, 0, 0])
    const rows = vmap((v) => unravel(v).s)(np.stack([flat, flat.mul(2)]))
    expect(rows.toNested()).toEqual([3, 6])
  })

  test('takes no vector of another tree', () => {
    const [, unravel] = ravelPytree(params)
    expect(message(() => unravel(np.ones([3])))).toMatchInlineSnapshot(`
      "ShapeError unravel: the vector is not of this tree
        got:      [3]
        expected: [4]
        hint:     ravelPytree gives the vector that unravel takes"
    `)
  })
})
