/** Line searches, projections, curvature and what else optax brings along. */
import { describe, expect, test } from 'vitest'
import { grad, jit, np, optim, random, valueAndGrad, type NdArray } from 'cotangent'
import { expectArray, expectClose } from '../equality.ts'
import { message } from '../core/message.ts'

const { projections, secondOrder } = optim
const close = { rtol: 1e-5, atol: 1e-6 }

describe('the backtracking line search', () => {
  const bowl = (x: NdArray): NdArray => np.sum(np.square(x))
  const search = optim.chain(
    optim.scale(-1),
    optim.scaleByBacktrackingLinesearch({
      maxBacktrackingSteps: 10,
      decreaseFactor: 0.5,
      increaseFactor: 1,
      storeGrad: true
    })
  )

  test('halves the step until the loss has decreased enough', () => {
    const x = np.array([1, 1])
    const [value, g] = valueAndGrad(bowl)(x)
    const [updates, state] = search.update(g, search.init(x), x, {
      value,
      grad: g,
      valueFn: bowl
    })
    // A step of 1 mirrors x; a step of ½ reaches 0.
    expectArray(updates, np.array([-1, -1]))
    expect((optim.tree.get(state, 'learningRate') as NdArray).item()).toBe(0.5)
    expect((optim.tree.get(state, 'value') as NdArray).item()).toBe(0)
  })

  test('leaves the loss and its gradient for the next step', () => {
    const both = optim.valueAndGradFromState(bowl)
    const x = np.array([1, 3])
    const first = search.init(x)
    const [value, g] = both(first, x)
    expect(value.item()).toBe(10)
    const [updates, state] = search.update(g, first, x, { value, grad: g, valueFn: bowl })
    const [later, slope] = both(state, optim.applyUpdates(x, updates))
    expect(later.item()).toBe(0)
    expectArray(slope, np.array([0, 0]))
    expect(message(() => optim.valueAndGradFromState(bowl)({}, x))).toMatchInlineSnapshot(`
      "ValueError valueAndGradFromState: the state holds no loss with its gradient
        got:      a state of structure {}
        expected: the state of lbfgs, scaleByZoomLinesearch or scaleByBacktrackingLinesearch
        hint:     a backtracking search keeps the gradient with { storeGrad: true }"
    `)
  })

  test('wants factors that shrink', () => {
    const wrong = { maxBacktrackingSteps: 5, decreaseFactor: 1.5 }
    expect(message(() => optim.scaleByBacktrackingLinesearch(wrong))).toMatchInlineSnapshot(`
      "ValueError scaleByBacktrackingLinesearch: steps would not shrink while they are searched
        got:      decreaseFactor: 1.5, increaseFactor: 1.5
        expected: a decrease between 0 and 1, an increase from 1 on
        hint:     0.8 and 1.5 are usual"
    `)
  })
})

describe('projections', () => {
  const x = { a: np.array([3, -4]), b: np.array([0]) }

  test('are the nearest points of balls and spheres', () => {
    expectClose(projections.projectionL2Ball(x).a, np.array([0.6, -0.8]), close)
    expectArray(projections.projectionL2Ball(x, 6).a, x.a)
    expectClose(projections.projectionL2Sphere(x, 10).a, np.array([6, -8]), close)
    expectClose(projections.projectionL1Ball(x, 2).a, np.array([0.5, -1.5]), close)
    expectClose(projections.projectionL1Sphere(x, 9).a, np.array([3.6666667, -4.6666667]), close)
    expectArray(projections.projectionLinfBall(x, 2).a, np.array([2, -2]))
  })

  test('are the nearest points of boxes, cones and half-spaces', () => {
    expectArray(projections.projectionNonNegative(x).a, np.array([3, 0]))
    expectArray(projections.projectionHypercube(x, 2).a, np.array([2, 0]))
    expectArray(
      projections.projectionBox(x, -1, { a: np.array([1, 2]), b: np.array([0]) }).a,
      np.array([1, -1])
    )
    const normal = { a: np.array([1, 0]), b: np.array([0]) }
    expectArray(projections.projectionHyperplane(x, normal, 1).a, np.array([1, -4]))
    expectArray(projections.projectionHalfspace(x, normal, 5).a, x.a)
    expectArray(projections.projectionHalfspace(x, normal, 1).a, np.array([1, -4]))
  })

  test('on the simplex sum to its scale over the whole tree', () => {
    const on = projections.projectionSimplex({ a: np.array([0.2, 0.3]), b: np.array([2]) })
    expectClose(on.b, np.array([1]), close)
    expectArray(on.a, np.array([0, 0]))
    expect(message(() => projections.projectionSimplex(x, -1))).toMatchInlineSnapshot(`
      "ValueError projectionSimplex: the set has a negative scale
        got:      scale: -1
        expected: a number from 0 on
        hint:     the set is empty otherwise"
    `)
  })

  test('are differentiable and idempotent', () => {
    const once = projections.projectionSimplex(x.a, 2)
    expectClose(projections.projectionSimplex(once, 2), once, close)
    const slope = grad((v: NdArray) => np.sum(np.square(projections.projectionL2Ball(v))))(
      np.array([0, 0])
    )
    expectArray(slope, np.array([0, 0]))
  })
})

describe('curvature', () => {
  // Σ x³ + x₀ x₁: H = [[6 x₀, 1], [1, 6 x₁]].
  const loss = (x: NdArray): NdArray => np.add(np.sum(np.power(x, 3)), np.prod(x))
  const x = np.array([1, 2])

  test('times a vector', () => {
    expectClose(secondOrder.hvp(loss, np.array([1, 1]), x), np.array([7, 13]), close)
  })

  test('has a diagonal', () => {
    expectClose(secondOrder.hessianDiag(loss, x), np.array([6, 12]), close)
  })

  test('of a likelihood is the mean of squared gradients', () => {
    const nll = (w: NdArray, inputs: NdArray, targets: NdArray): NdArray =>
      np.sum(np.square(np.sub(np.matmul(inputs, w), targets)))
    const [inputs, targets] = [
      np.array([
        [1, 0],
        [0, 2]
      ]),
      np.array([1, 0])
    ]
    // Gradients 2 (x·w − y) x: [0, 0] and [0, 16].
    expectClose(secondOrder.fisherDiag(nll, x, inputs, targets), np.array([0, 128]), close)
  })
})

describe('the Fenchel–Young loss', () => {
  const logits = np.array([
    [1, 2, 0],
    [0, 0, 3]
  ])
  const labels = np.array([
    [0, 1, 0],
    [1, 0, 0]
  ])

  test('of log-sum-exp is cross-entropy, and so is its gradient', () => {
    const loss = optim.makeFenchelYoungLoss((s) => np.log(np.sum(np.exp(s))))
    expectClose(loss(logits, labels), optim.softmaxCrossEntropy(logits, labels), close)
    const slope = (f: typeof loss) => grad((z: NdArray) => np.sum(f(z, labels)))(logits)
    expectClose(slope(loss), slope(optim.softmaxCrossEntropy), { rtol: 1e-4, atol: 1e-6 })
  })
})

describe('perturbed functions', () => {
  test('of an argmax are the softmax, and have its gradient', () => {
    const argmax = (x: NdArray): NdArray => np.astype(np.equal(x, np.max(x)), 'float32')
    const smooth = optim.perturbations.makePerturbedFun(argmax, { numSamples: 4000, sigma: 1 })
    const x = np.array([1, 0, -1])
    const softmax = np.div(np.exp(x), np.sum(np.exp(x)))
    expectClose(smooth(random.key(0), x), softmax, { atol: 0.03 })
    const slope = grad((v: NdArray) => smooth(random.key(1), v).slice(0))(x)
    const p = softmax.toNested() as readonly number[]
    expectClose(slope, np.array([p[0] * (1 - p[0]), -p[0] * p[1], -p[0] * p[2]]), { atol: 0.05 })
  })
})

describe('assignment', () => {
  test('is the cheapest, whichever side is longer', () => {
    const cost = np.array([
      [8, 6, 7],
      [5, 2, 3],
      [9, 4, 8],
      [1, 9, 9]
    ])
    const [rows, columns] = optim.assignment.hungarianAlgorithm(cost)
    expect([rows.toNested(), columns.toNested()]).toEqual([
      [1, 2, 3],
      [2, 1, 0]
    ])
    const [first, second] = jit(optim.assignment.hungarianAlgorithm)(np.transpose(cost))
    expect([first.toNested(), second.toNested()]).toEqual([
      [0, 1, 2],
      [3, 2, 1]
    ])
  })
})

describe('numerics', () => {
  test('safeNorm has a gradient at zero', () => {
    expectArray(grad((x: NdArray) => optim.safeNorm(x, 1e-3))(np.array([0, 0])), np.array([0, 0]))
    expect(optim.safeNorm(np.array([3, 4]), 0).item()).toBe(5)
    expect(optim.safeRootMeanSquares(np.array([0, 0]), 0.5).item()).toBe(0.5)
  })

  test('scaleGradient changes the gradient alone', () => {
    const f = (x: NdArray): NdArray => np.square(optim.scaleGradient(x, -0.5))
    expect(f(np.array(3)).item()).toBe(9)
    expect(grad(f)(np.array(3)).item()).toBe(-3)
  })

  test('powerIteration finds the largest eigenvalue', () => {
    const [value, v] = optim.powerIteration(
      np.array([
        [2, 1],
        [1, 2]
      ])
    )
    expect(value.item()).toBeCloseTo(3, 4)
    expectClose(np.abs(v), np.array([Math.SQRT1_2, Math.SQRT1_2]), { rtol: 1e-3 })
  })

  test('matrixInversePthRoot is that', () => {
    const [root, error] = optim.matrixInversePthRoot(
      np.array([
        [4, 0],
        [0, 16]
      ]),
      2,
      { ridgeEpsilon: 0 }
    )
    expectClose(
      root,
      np.array([
        [0.5, 0],
        [0, 0.25]
      ]),
      close
    )
    expect(error.item()).toBeLessThan(1e-5)
  })

  test('nnls is least squares without negative answers', () => {
    const a = np.array([
      [1, 0],
      [0, 1],
      [1, 1]
    ])
    expectClose(optim.nnls(a, np.array([1, 2, 3])), np.array([1, 2]), { rtol: 1e-3 })
    expectClose(optim.nnls(a, np.array([2, -3, 0])), np.array([1, 0]), { rtol: 1e-3, atol: 1e-4 })
  })

  test('multiNormal samples and weighs what it describes', () => {
    const d = optim.multiNormal(np.array([1, -1]), np.array([0, 0]))
    expect(d.logProb(np.array([1, -1])).item()).toBeCloseTo(-Math.log(2 * Math.PI), 5)
    const mean = np.mean(d.sample(0, 4000), { axis: 0 })
    expectClose(mean, np.array([1, -1]), { atol: 0.06 })
  })

  test('both estimates of the gradient of an expectation agree', () => {
    // E (x − 2)² for x ~ N(m, 1) has the gradient 2 (m − 2).
    const f = (x: NdArray): NdArray => np.square(np.sub(x, 2))
    const normal = (m: NdArray) => optim.multiNormal(m, np.array(0))
    const mean = (each: NdArray): number => np.mean(each).item()
    const { pathwiseJacobians, scoreFunctionJacobians } = optim.monteCarlo
    expect(mean(pathwiseJacobians(f, np.array(1), normal, 0, 200))).toBeCloseTo(-2, 0)
    expect(mean(scoreFunctionJacobians(f, np.array(1), normal, 0, 4000))).toBeCloseTo(-2, 0)
  })
})

describe('microbatches', () => {
  const x = np.array([1, 2, 3, 4, 5, 6])
  const square = (v: NdArray, w: NdArray): NdArray => np.mul(np.square(v), w)

  test('sum, mean or join what a whole batch gives', () => {
    const sum = (v: NdArray, w: NdArray): NdArray => np.sum(square(v, w))
    const w = np.array(2)
    const half = { microbatchSize: 3 }
    expect(optim.microbatch(sum, half)(x, w).item()).toBe(182)
    expect(
      optim
        .microbatch(sum, { ...half, accumulator: 'mean' })(x, w)
        .item()
    ).toBe(91)
    expectArray(optim.microbatch(square, { ...half, accumulator: 'concat' })(x, w), square(x, w))
  })

  test('make up the batch', () => {
    expect(message(() => optim.microbatch(square, { microbatchSize: 4 })(x, x)))
      .toMatchInlineSnapshot(`
      "ValueError microbatch: the parts do not make up the batch
        got:      microbatchSize: 4 of a batch of 6
        expected: a divisor of 6
        hint:     parts of one size are what a compiled loop can run"
    `)
  })
})

describe('trees as vectors', () => {
  const x = { a: np.array([1, -2]), b: np.array([2]) }

  test('add, scale, and have norms and products', () => {
    expectArray(optim.tree.addScale(x, 2, x).a, np.array([3, -6]))
    expectArray(optim.tree.sub(x, x).b, np.array([0]))
    expect(optim.tree.vdot(x, x).item()).toBe(9)
    expect([1, 2, Infinity].map((ord) => optim.tree.norm(x, { ord }).item())).toEqual([5, 3, 2])
    expect(optim.tree.sum(x).item()).toBe(1)
    expect([optim.tree.max(x).item(), optim.tree.min(x).item(), optim.tree.size(x)]).toEqual([
      2, -2, 3
    ])
    expect(Boolean(optim.tree.allclose(x, optim.tree.cast(x, 'float16')).item())).toBe(true)
  })

  test('hold fields that can be read and replaced by name', () => {
    const t = optim.injectHyperparams(optim.adam)({ learningRate: 0.5 })
    const state = t.init(x)
    const changed = optim.tree.set(state, { learningRate: np.array(0.25) })
    expect((optim.tree.get(changed, 'learningRate') as NdArray).item()).toBe(0.25)
    const [updates] = t.update(x, changed, x)
    expectClose(updates.a, np.array([-0.25, 0.25]), close)
    expect(message(() => optim.tree.get(state, 'count'))).toMatchInlineSnapshot(`
      "ValueError tree.get: several fields have this name
        got:      count, innerState[0].count
        expected: one field
        hint:     tree.getAllWithPath lists all of them"
    `)
    expect(message(() => optim.tree.set(state, { rate: 1 }))).toMatchInlineSnapshot(`
      "ValueError tree.set: no field has this name
        got:      'rate'
        expected: the name of a field of the state
        hint:     tree.getAllWithPath(state, name) is empty"
    `)
  })
})
