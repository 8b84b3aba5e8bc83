/** Laws of optimizers: pure state transitions, whose updates have the types of the parameters. */
import fc from 'fast-check'
import type { NdArray } from '../src/core/array.ts'
import { ValueError } from '../src/core/errors.ts'
import { show } from '../src/core/shape.ts'
import * as tree from '../src/core/tree.ts'
import { jit } from '../src/control/jit.ts'
import { applyUpdates, type OptState } from '../src/optim/index.ts'
import type { GradientTransformation, UpdateExtra } from '../src/optim/transformation.ts'
import * as np from '../src/numpy/index.ts'
import * as random from '../src/random/index.ts'
import { valueAndGrad } from '../src/transforms/vjp.ts'
import { LawError, exact, requireEqual, within } from './comparison.ts'

/** A transformation of gradients, and what it is to minimise. */
export interface OptimizerSubject<P> {
  readonly transformation: GradientTransformation
  readonly params: (key: NdArray) => P
  /** A scalar; the transformation sees its gradients along the steps. */
  readonly loss: (params: P) => NdArray
  /** For transformations that take something else than gradients, such as one of each example. */
  readonly given?: (grads: P) => P
}

type Step<P> = (params: P, state: OptState) => readonly [updates: P, state: OptState]

const steps = 3
const seeds = fc.nat(1000)

const stepOf = <P>({ transformation, loss, given = (g) => g }: OptimizerSubject<P>): Step<P> => {
  const slope = valueAndGrad(loss)
  return (params, state) => {
    const [value, grad] = slope(params)
    const extra: UpdateExtra = { value, grad, valueFn: loss, gradFn: (p: P) => slope(p)[1] }
    return transformation.update(given(grad), state, params, extra)
  }
}

/** What a few steps emit, and the state that they end in. */
const walk = <P>(
  { transformation, params }: OptimizerSubject<P>,
  step: Step<P>,
  seed: number,
  keep: (state: OptState) => OptState = (state) => state
): readonly [updates: readonly P[], state: OptState] => {
  let current = params(random.key(seed))
  let state = transformation.init(current)
  const emitted: P[] = []
  for (let i = 0; i < steps; i++) {
    const [updates, next] = step(current, keep(state))
    emitted.push(updates)
    state = next
    current = applyUpdates(current, updates)
  }
  return [emitted, state]
}

const arrays = (x: unknown): readonly NdArray[] => tree.leaves(x) as readonly NdArray[] // all are

/** Fails unless two trees have one structure and, leaf by leaf, the same shapes and types. */
const requireTypes = (actual: unknown, expected: unknown, what: string): void => {
  if (!tree.sameStructure(actual, expected)) throw new LawError(`${what} has another structure`)
  const typed = (x: NdArray): string => `${x.dtype}${show(x.shape)}`
  const wanted = arrays(expected).map(typed)
  arrays(actual).forEach((x, i) => {
    if (typed(x) !== wanted[i])
      throw new LawError(`leaf ${i} of ${what} is ${typed(x)} instead of ${wanted[i]}`)
  })
}

/** Fails unless updates are equal within 1e-5 of the largest of them, however small that is. */
const requireClose = (
  actual: readonly unknown[],
  expected: readonly unknown[],
  what: string
): void => {
  const wanted = arrays(expected)
  const largest = Math.max(...wanted.map((x) => np.max(np.abs(x), { initial: 0 }).item()))
  const scaled = (xs: readonly NdArray[]): readonly NdArray[] =>
    largest === 0 ? xs : xs.map((x) => np.divide(x, largest))
  requireEqual(within(1e-5), scaled(arrays(actual)), scaled(wanted), what)
}

/**
 * Updates have the structure, shapes and types of the parameters; the state keeps its own, so that
 * a jitted step is traced once and the state can be carried by a loop.
 */
export const typesAreKept = <P>(subject: OptimizerSubject<P>): fc.IProperty<[number]> =>
  fc.property(seeds, (seed) => {
    const params = subject.params(random.key(seed))
    const [emitted, state] = walk(subject, stepOf(subject), seed)
    emitted.forEach((updates) => requireTypes(updates, params, 'the updates'))
    requireTypes(state, subject.transformation.init(params), 'the state')
  })

/**
 * The state is all that an optimizer remembers: taken apart and put together between steps, as a
 * file does, it gives the same updates. So does walking twice. Equality: exact.
 */
export const stateIsAll = <P>(subject: OptimizerSubject<P>): fc.IProperty<[number]> =>
  fc.property(seeds, (seed) => {
    const step = stepOf(subject)
    const rebuilt = (state: OptState): OptState => {
      const [leaves, structure] = tree.flatten(state)
      return tree.unflatten(structure, leaves) as OptState // of the structure of a state
    }
    const [once] = walk(subject, step, seed)
    const [again] = walk(subject, step, seed, rebuilt)
    requireEqual(exact, arrays(again), arrays(once), 'the same steps from rebuilt states')
  })

/**
 * What does not look at the parameters does not ask for them: where other parameters give the same
 * updates and states, none at all do; where they count, leaving them out is an error that says so.
 * Equality: exact.
 */
export const paramsCountOrMayBeMissing = <P>(
  subject: OptimizerSubject<P>
): fc.IProperty<[number]> =>
  fc.property(seeds, (seed) => {
    const { transformation, loss, given = (g: P) => g } = subject
    const params = subject.params(random.key(seed))
    const [value, grad] = valueAndGrad(loss)(params)
    // Squared, so that the curvature of a quadratic loss too depends on the parameters.
    const extra: UpdateExtra = { value, grad, valueFn: (p: P) => np.square(loss(p)) }
    const run = (update: (state: OptState) => readonly [P, OptState]): readonly NdArray[] => {
      let state = transformation.init(params)
      return Array.from({ length: steps }).flatMap(() => {
        const [updates, next] = update(state)
        state = next
        return [...arrays(updates), ...arrays(next)]
      })
    }
    const by = (p: P) => run((state) => transformation.update(given(grad), state, p, extra))
    const without = () =>
      run((state) => transformation.update(given(grad), state, undefined, extra))
    const [own, others] = [
      by(params),
      by(tree.map((x: NdArray) => np.sub(1, np.mul(x, 3)), params))
    ]
    if (own.every((x, i) => np.arrayEqual(x, others[i]).item()))
      return requireEqual(exact, without(), own, 'updates without parameters')
    try {
      without()
    } catch (error) {
      if (error instanceof ValueError && error.problem === 'the parameters are missing') return
      throw error
    }
    throw new LawError('the parameters count, and nobody asks for them')
  })

/** jit update = update. Equality: within 1e-5 of the largest update. */
export const jitIsIdentity = <P>(subject: OptimizerSubject<P>): fc.IProperty<[number]> =>
  fc.property(seeds, (seed) => {
    const step = stepOf(subject)
    const [plain, state] = walk(subject, step, seed)
    const [compiled, compiledState] = walk(subject, jit(step), seed)
    requireClose(compiled, plain, 'jit update = update')
    requireTypes(compiledState, state, 'the compiled state')
  })

/**
 * update {a, b} = {update a, update b}: for optimizers that look at each parameter alone, as most
 * do without a norm of all gradients. Equality: within 1e-5 of the largest update.
 */
export const leavesAreIndependent = (
  transformation: GradientTransformation,
  params: (key: NdArray) => readonly NdArray[]
): fc.IProperty<[number]> =>
  fc.property(seeds, (seed) => {
    const [start, ...slopes] = Array.from({ length: steps + 1 }, (_, i) =>
      params(random.foldIn(random.key(seed), i))
    )
    type Arrays = readonly NdArray[]
    const run = (own: Arrays, pick: (all: Arrays) => Arrays): readonly Arrays[] => {
      let state = transformation.init(own)
      return slopes.map((all) => {
        const [updates, next] = transformation.update(pick(all), state, own)
        state = next
        return updates
      })
    }
    const together = run(start, (all) => all)
    const alone = start.map((p, i) => run([p], (all) => [all[i]]).map(([update]) => update))
    const transposed = together.map((_, t) => alone.map((updates) => updates[t]))
    requireClose(together, transposed, 'update {a, b} = {update a, update b}')
  })
