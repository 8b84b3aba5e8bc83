import { describe, expect, test } from 'vitest'
import { grad, jit, np, optim, valueAndGrad, type NdArray } from 'cotangent'
import { expectArray, expectClose } from '../equality.ts'
import { message } from '../core/message.ts'

const ints = (xs: readonly number[]) => np.array(xs, { dtype: 'int32' })
const x = np.array([1, 2, 4])
const y = np.array([0, 4, 4])

describe('reductions', () => {
  test('are none unless asked for', () => {
    expectArray(optim.squaredError(x, y), np.array([1, 4, 0]))
  })

  test('are of the values times their weights', () => {
    const weights = np.array([3, 1, 0])
    expectArray(optim.squaredError(x, y, { weights }), np.array([3, 4, 0]))
    expect(optim.squaredError(x, y, { weights, reduction: 'sum' }).item()).toBe(7)
    expect(optim.squaredError(x, y, { weights, reduction: 'mean' }).item()).toBeCloseTo(7 / 3, 6)
    expect(optim.squaredError(x, y, { weights, reduction: 'weightedMean' }).item()).toBe(7 / 4)
  })

  test('have names', () => {
    const wrong = { reduction: 'average' as 'mean' }
    expect(message(() => optim.squaredError(x, y, wrong))).toMatchInlineSnapshot(`
      "ValueError squaredError: there is no such reduction
        got:      reduction: average
        expected: 'none', 'mean', 'sum' or 'weightedMean'
        hint:     'mean' divides by the number of values, 'weightedMean' by the sum of the weights"
    `)
  })
})

describe('cross-entropy', () => {
  const logits = np.array([
    [2, 0, 1],
    [0, 1, 0]
  ])

  test('of integer labels is that of rows with one 1', () => {
    const hot = np.array([
      [0, 0, 1],
      [1, 0, 0]
    ])
    const options = { classWeights: [1, 2, 3], labelSmoothing: 0.2 }
    expectClose(
      optim.softmaxCrossEntropyWithIntegerLabels(logits, ints([2, 0]), options),
      optim.softmaxCrossEntropy(logits, hot, options),
      { rtol: 1e-5 }
    )
  })

  test('leaves out what is ignored, also from its gradient', () => {
    const loss = (z: typeof logits) =>
      optim.softmaxCrossEntropyWithIntegerLabels(z, ints([2, -1]), {
        ignoreIndex: -1,
        reduction: 'mean'
      })
    const first = optim.softmaxCrossEntropyWithIntegerLabels(logits, ints([2, 0])).slice(0)
    expectClose(loss(logits), first)
    expectArray(grad(loss)(logits).slice(1), np.zeros([3]))
  })

  test('counts only classes that are there', () => {
    const where = np.array([true, false, true])
    const two = optim.softmaxCrossEntropy(np.array([[2, 1]]), np.array([[0, 1]]))
    const three = optim.softmaxCrossEntropy(np.array([[2, 9, 1]]), np.array([[0, 0, 1]]), { where })
    expectClose(three, two)
  })

  test('names a label outside the classes where it is known, and is NaN where it is not', () => {
    const loss = optim.softmaxCrossEntropyWithIntegerLabels
    expect(message(() => loss(logits, ints([0, 3])))).toMatchInlineSnapshot(`
      "IndexError softmaxCrossEntropyWithIntegerLabels: a label is outside the classes
        got:      label 3 at position 1
        expected: labels from 0 to 2
        hint:     pass { ignoreIndex } for a label that stands for nothing"
    `)
    expect(
      jit((z: typeof logits, l: typeof logits) => loss(z, l))(logits, ints([0, 3]))
        .slice(1)
        .item()
    ).toBeNaN()
  })

  test('wants one weight for each class', () => {
    expect(message(() => optim.softmaxCrossEntropy(logits, logits, { classWeights: [1, 2] })))
      .toMatchInlineSnapshot(`
      "ShapeError softmaxCrossEntropy: there is not one weight for each class
        got:      classWeights [2] for 3 classes
        expected: classWeights [3]
        hint:     weights of single examples go into { weights }"
    `)
  })

  test('wants a smoothing between 0 and 1', () => {
    expect(message(() => optim.softmaxCrossEntropy(logits, logits, { labelSmoothing: 2 })))
      .toMatchInlineSnapshot(`
      "ValueError softmaxCrossEntropy: the smoothing is no fraction
        got:      labelSmoothing: 2
        expected: a number from 0 to 1
        hint:     0.1 is usual"
    `)
  })
})

test('the focal loss is (1 − p)^γ times the cross-entropy, p the probability of the truth', () => {
  const logits = np.array([0.5, -2, 3, 1])
  const labels = np.array([1, 0, 0, 0.25])
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))
  const focal = (gamma: number, alpha?: number) =>
    np.array(
      [0.5, -2, 3, 1].map((z, i) => {
        const [p, t] = [sigmoid(z), [1, 0, 0, 0.25][i]]
        const truth = p * t + (1 - p) * (1 - t)
        const entropy = -t * Math.log(p) - (1 - t) * Math.log(1 - p)
        const side = alpha === undefined ? 1 : alpha * t + (1 - alpha) * (1 - t)
        return side * (1 - truth) ** gamma * entropy
      })
    )
  const close = { rtol: 1e-5 }
  expectClose(optim.sigmoidFocalLoss(logits, labels), focal(2), close)
  expectClose(optim.sigmoidFocalLoss(logits, labels, { gamma: 0 }), focal(0), close)
  const options = { alpha: 0.3, gamma: 1.5 }
  expectClose(optim.sigmoidFocalLoss(logits, labels, options), focal(1.5, 0.3), close)
})

describe('the ranking softmax', () => {
  const [logits, labels, weights] = [
    [1, 3, 2],
    [0.5, 0, 2],
    [2, 1, 3]
  ].map((xs) => np.array(xs))

  test('is minus the sum of relevance, weight and log-probability', () => {
    const logSum = Math.log(Math.exp(1) + Math.exp(3) + Math.exp(2))
    const expected = -0.5 * 2 * (1 - logSum) - 2 * 3 * (2 - logSum)
    expect(optim.rankingSoftmaxLoss(logits, labels, { weights }).item()).toBeCloseTo(expected, 4)
  })

  test('does not see items that are left out, whatever they hold', () => {
    const where = np.array([true, false, true])
    const short = (x: NdArray): NdArray => np.compress(where.toNested() as boolean[], x)
    const broken = (x: NdArray): NdArray => np.where(where, x, NaN)
    const loss = (z: NdArray, y: NdArray, w: NdArray): NdArray =>
      optim.rankingSoftmaxLoss(z, y, { weights: w, where })
    const without = (z: NdArray, y: NdArray, w: NdArray): NdArray =>
      optim.rankingSoftmaxLoss(z, y, { weights: w })
    const argnums = [0, 1, 2] as const
    const [value, slopes] = valueAndGrad(loss, { argnums })(
      broken(logits),
      broken(labels),
      broken(weights)
    )
    const [expected, kept] = valueAndGrad(without, { argnums })(
      short(logits),
      short(labels),
      short(weights)
    )
    expectClose(value, expected)
    slopes.forEach((slope, i) => {
      expectClose(short(slope), kept[i])
      expect(slope.slice(1).item()).toBe(0)
    })
  })

  test('is meaned over the lists that have an item', () => {
    const two = np.stack([logits, logits])
    const where = np.array([
      [true, true, true],
      [false, false, false]
    ])
    const one = optim.rankingSoftmaxLoss(logits, labels)
    expectClose(optim.rankingSoftmaxLoss(two, np.stack([labels, labels]), { where }), one)
  })
})

describe('penalties', () => {
  const params = { dense: { kernel: np.array([[1, -2]]), bias: np.array([3]) } }

  test('are of all parameters, or of those that the mask selects', () => {
    expect(optim.l1Penalty(params).item()).toBe(6)
    const mask = { dense: { kernel: true, bias: false } }
    expect(optim.l2Penalty(params, { mask }).item()).toBe(2.5)
    const gradient = grad((p: typeof params) => optim.l2Penalty(p, { mask }))(params)
    expectArray(gradient.dense.kernel, params.dense.kernel)
    expectArray(gradient.dense.bias, np.array([0]))
  })

  test('want a mask of the same structure', () => {
    expect(message(() => optim.l1Penalty(params, { mask: { other: true } })))
      .toMatchInlineSnapshot(`
      "StructureError l1Penalty: a prefix does not fit the tree it describes
        got:      an object with other at the root, where the tree has an object with dense
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
  })
})

test('an impossible alignment costs what was asked for', () => {
  const logits = np.zeros([1, 2, 3])
  const [none, labels] = [np.zeros([1, 2]), ints([1, 1]).reshape([1, 2])]
  const cost = (whenImpossible: 'large' | 'infinity' | 'zero') =>
    optim.ctcLoss(logits, none, labels, none, { whenImpossible }).item()
  expect(cost('large')).toBeGreaterThan(9e4)
  expect(cost('infinity')).toBe(Infinity)
  expect(cost('zero')).toBe(0)
})

test('sequences without labels cost what their blanks do', () => {
  const logits = np.log(
    np.array([
      [
        [0.5, 0.25, 0.25],
        [0.2, 0.4, 0.4]
      ]
    ])
  )
  const nothing = np.zeros([1, 0])
  const loss = optim.ctcLoss(logits, np.zeros([1, 2]), nothing.astype('int32'), nothing)
  expect(loss.item()).toBeCloseTo(-Math.log(0.5 * 0.2), 5)
})
