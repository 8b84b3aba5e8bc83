import { describe, expect, test } from 'vitest'
import { grad, np, optim, tree, type NdArray } from 'cotangent'
import {
  distillationLoss,
  ewcPenalty,
  featureLoss,
  fisherDiagonal,
  l2SpPenalty
} from 'cotangent/finetune'
import { message } from '../core/message.ts'
import { expectArray, expectClose } from '../equality.ts'

const student = np.array([
  [1, 2, 3],
  [0, 0, 1]
])
const teacher = np.array([
  [3, 2, 1],
  [0, 1, 0]
])
const labels = np.array([0, 1], { dtype: 'int32' })

describe('distillationLoss', () => {
  // torch 1.13: T² · kl_div(log_softmax(s / T), softmax(t / T), reduction='none').sum(-1)
  test('is the softened divergence, as PyTorch computes it', () => {
    expectClose(
      distillationLoss(student, teacher, { temperature: 3 }),
      np.array([1.3092219829559326, 0.3495202660560608]),
      { rtol: 1e-5 }
    )
  })

  test('mixes in the labels', () => {
    const soft = distillationLoss(student, teacher, { temperature: 3 })
    const hard = optim.softmaxCrossEntropyWithIntegerLabels(student, labels)
    expectClose(
      distillationLoss(student, teacher, { temperature: 3, alpha: 0.25, labels }),
      soft.mul(0.25).add(hard.mul(0.75)),
      { rtol: 1e-6 }
    )
  })

  test('teaches the student alone', () => {
    const of = (s: NdArray, t: NdArray): NdArray => np.sum(distillationLoss(s, t))
    expectArray(grad(of, { argnums: 1 })(student, teacher), np.zeros([2, 3]))
  })

  test('refuses what no distillation can have', () => {
    expect(message(() => distillationLoss(student, teacher, { temperature: 0 })))
      .toMatchInlineSnapshot(`
      "ValueError distillationLoss: temperature has a value that no distillation can have
        got:      temperature: 0
        expected: a finite number above 0
        hint:     temperatures from 1 to 20 are common, with alpha from 0.5 to 0.9"
    `)
    expect(message(() => distillationLoss(student, teacher, { alpha: 0.5 })))
      .toMatchInlineSnapshot(`
      "ValueError distillationLoss: alpha has a value that no distillation can have
        got:      alpha: 0.5
        expected: 1 where no labels are given, or labels
        hint:     temperatures from 1 to 20 are common, with alpha from 0.5 to 0.9"
    `)
    expect(message(() => distillationLoss(student, np.ones([2, 4])))).toMatchInlineSnapshot(`
      "ShapeError distillationLoss: student and teacher answer in different shapes
        got:      student [2, 3], teacher [2, 4]
        expected: logits of the same classes for the same examples
        hint:     a student with other outputs learns from features: featureLoss"
    `)
    expect(message(() => featureLoss(student, np.ones([2, 4])))).toMatchInlineSnapshot(`
      "ShapeError featureLoss: the features of student and teacher have different shapes
        got:      student [2, 3], teacher [2, 4]
        expected: equal shapes with a batch axis
        hint:     a nn.dense layer of the teacher's width maps the student's features"
    `)
  })
})

describe('consolidation', () => {
  const params = { w: np.array([1, 2]) }
  // log-likelihood of y under N(w · x, 1): gradient (y − w · x) x
  const likelihood = (p: typeof params, [x, y]: readonly [NdArray, NdArray]): NdArray =>
    np.square(np.sub(y, np.dot(p.w, x))).mul(-0.5)
  const xs = np.array([
    [1, 0],
    [0, 1],
    [1, 1]
  ])
  const ys = np.array([0, 0, 1])

  test('takes the mean square of the gradients of examples', () => {
    // Residuals −1, −2, −2: squares of [−1, 0], [0, −2], [−2, −2].
    expectClose(fisherDiagonal(likelihood, params, [xs, ys] as const).w, np.array([5 / 3, 8 / 3]), {
      rtol: 1e-6
    })
  })

  test('pulls parameters back by what they mattered', () => {
    const fisher = { w: np.array([2, 0]) }
    const moved = { w: np.array([3, 5]) }
    expectArray(ewcPenalty(moved, params, fisher, 10), np.array(40))
    const pull = grad((p: typeof params) => ewcPenalty(p, params, fisher, 10))(moved)
    expectArray(pull.w, np.array([40, 0]))
    expectArray(l2SpPenalty(moved, params, 2), np.array(13))
  })

  test('refuses trees that do not match', () => {
    expect(message(() => ewcPenalty(params, params, { v: params.w } as never, 1)))
      .toMatchInlineSnapshot(`
        "StructureError ewcPenalty: the trees have different structures
          got:      v: missing on the left; w: missing on the right
          expected: the same keys and lengths at every path
          hint:     partition all trees by the same selection when only a part trains"
      `)
    expect(message(() => l2SpPenalty(params, params, -1))).toMatchInlineSnapshot(`
      "ValueError l2SpPenalty: the strength is no weight of a penalty
        got:      strength: -1
        expected: a finite number from 0 on
        hint:     larger holds parameters nearer to what they were"
    `)
    expect(tree.leaves(params).length).toBe(1)
  })
})
