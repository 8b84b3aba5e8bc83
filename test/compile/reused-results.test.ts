import { expect, test } from 'vitest'
import '../../src/install.ts'
import { jit } from '../../src/control/jit.ts'
import * as nn from '../../src/nn/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
import { expectClose } from '../equality.ts'

test('an array that only a later product reads keeps its place', () => {
  const [y, m, w] = [1, 2, 3].map((i) => random.normal(random.key(i), i === 3 ? [4, 4] : [2, 2, 4]))
  const f = (a: typeof y, b: typeof y, c: typeof y) =>
    np.add(np.matmul(nn.standardize(a), c), np.matmul(np.swapaxes(b, 0, 1), c))
  expectClose(jit(f)(y, m, w), f(y, m, w), { rtol: 1e-5, atol: 1e-5 })
  expect(jit(f)(y, m, w).shape).toEqual([2, 2, 4])
})
