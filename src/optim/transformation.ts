/**
 * Optimizers are pure state transitions: gradients in, updates out, and the state they need next
 * time. States are plain trees, so they save, load, and go through jit like parameters.
 */
import { ValueError, showArgument, checkFunction } from '../core/errors.ts'
import type { ArrayLike } from '../core/array.ts'
import { fitting } from './fit.ts'

/** The state of an optimizer: a tree that only the transformation that made it can read. */
export type OptState = object

/** What some transformations need beside the gradients (line searches, lookahead). */
export interface UpdateExtra {
  /** The loss at the parameters. */
  readonly value?: ArrayLike
  /** The gradient at the parameters, before any transformation. */
  readonly grad?: unknown
  /** The loss as a function of the parameters. */
  readonly valueFn?: (params: never) => ArrayLike
  /** The gradient as a function of parameters and of the number of the inner step (SAM). */
  readonly gradFn?: (params: never, step: number) => unknown
}

/**
 * A pure optimizer step. `update` maps gradients to updates, which `applyUpdates` adds to the
 * parameters; nothing is changed in place. Where nothing looks at the parameters they may be left
 * out; where something does, that is a ValueError.
 *
 * Source: the interface of optax (DeepMind, 2020).
 */
export interface GradientTransformation {
  readonly init: <P>(params: P) => OptState
  readonly update: {
    <P>(
      grads: NoInfer<P>,
      state: OptState,
      params: P,
      extra?: UpdateExtra
    ): readonly [updates: P, state: OptState]
    <P>(
      grads: P,
      state: OptState,
      params?: undefined,
      extra?: UpdateExtra
    ): readonly [updates: P, state: OptState]
  }
}

interface Typed<S extends OptState> {
  readonly init: <P>(params: P) => S
  readonly update: <P>(
    grads: P,
    state: S,
    params: P,
    extra?: UpdateExtra
  ) => readonly [updates: P, state: S]
}

/** `f` of the parameters, or none of none: what a combinator passes on may have been left out. */
export const ifGiven = <P, Q>(params: P, f: (params: P) => Q): Q =>
  params === undefined ? (params as never) : f(params) // as undefined as it came

/** Throws a ValueError for what is no transformation. */
export const requireTransformation = (operation: string, t: unknown): void => {
  const { init, update } = Object(t) as Partial<GradientTransformation>
  if (typeof init === 'function' && typeof update === 'function') return
  throw new ValueError(operation, {
    problem: 'an argument is no transformation',
    got: showArgument(t),
    expected: 'a transformation, such as optim.adam({ learningRate: 1e-3 })',
    hint: 'call the function that makes it: adam(options) instead of adam'
  })
}

/**
 * A transformation from functions that know the type of their state. The cast is the existential
 * boundary: `update` is only ever given a state that `init` or `update` of the same value made.
 */
export const transformation = <S extends OptState>(
  t: Typed<S>,
  /** The name of a combinator, and what it combines. */
  operation = '',
  ...inner: readonly unknown[]
): GradientTransformation => {
  for (const part of inner) requireTransformation(operation, part)
  const checked: Typed<S> = {
    init: t.init,
    update: (grads, state, params, extra) =>
      fitting(
        { grads, params, state, hasLoss: extra?.valueFn !== undefined },
        () => t.update(grads, state, params, extra),
        () => t.init(params ?? grads)
      )
  }
  return checked as unknown as GradientTransformation
}

/** The state of what needs none. */
export interface EmptyState {}

/** A transformation without state: updates are a function of gradients and parameters. */
export const stateless = (f: <P>(updates: P, params: P) => P): GradientTransformation => {
  checkFunction('stateless', f)
  return transformation<EmptyState>({
    init: () => ({}),
    update: (grads, state, params) => [f(grads, params), state]
  })
}

/**
 * Leaves gradients as they are: the unit of `chain`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const identity = (): GradientTransformation => stateless((updates) => updates)
