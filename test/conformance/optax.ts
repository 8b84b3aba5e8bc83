/**
 * optax's optimizers, schedules and losses against ours: parameters after every step, values at
 * every count, and losses, within 1e-5. Keys and configurations state the constructors.
 */
import '../../src/install.ts'
import { isArray, scalar, type NdArray } from '../../src/core/array.ts'
import * as tree from '../../src/core/tree.ts'
import * as optim from '../../src/optim/index.ts'
import { firstDifference, type Tolerance } from './compare.ts'
import { decode, type ArrayRecord } from './golden.ts'
import {
  camelCase,
  configured,
  construct,
  entry,
  evaluate,
  known,
  type Arguments
} from './optax-build.ts'
import { ownNames } from './optax-names.ts'
import { read } from './python-call.ts'
import { check, type Outcome } from './report.ts'

interface OptaxFile {
  readonly params: unknown
  readonly mask: unknown
  readonly grads: readonly unknown[]
  readonly optimizers: Readonly<
    Record<string, { readonly config: Arguments; readonly params: readonly unknown[] }>
  >
  readonly schedules: Readonly<Record<string, readonly number[]>>
  readonly losses: readonly {
    readonly name: string
    readonly args: readonly unknown[]
    readonly kwargs?: Arguments
    readonly out: ArrayRecord | readonly ArrayRecord[]
  }[]
}

const tolerance: Tolerance = { tol: 1e-5, elementwise: false }

const isArrayRecord = (x: object): x is ArrayRecord => 'shape' in x && 'dtype' in x && 'data' in x

const decodeTree = (x: unknown): unknown => {
  if (typeof x !== 'object' || x === null) return x
  if (Array.isArray(x)) return x.map(decodeTree)
  if (isArrayRecord(x)) return decode(x)
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decodeTree(v)]))
}

const isTransformation = (x: unknown): x is optim.GradientTransformation =>
  typeof x === 'object' && x !== null && 'init' in x && 'update' in x

/** The longest beginning of a key, cut at underscores, that names a constructor of ours. */
const constructorOf = (key: string): string => {
  const words = key.split('_')
  const heads = words.map((_, i) => words.slice(0, words.length - i).join('_'))
  return heads.find((head) => known(head) !== undefined) ?? key
}

/** Entries of a configuration that are transformations, in order. */
const parts = (config: Arguments): readonly optim.GradientTransformation[] =>
  Object.entries(config).flatMap(([k, v]) => {
    const part = known(k) === undefined ? configured(v) : entry(k, v)
    return isTransformation(part) ? [part] : []
  })

/** Labels by the last name of a path, where a configuration has an entry for it, else `other`. */
const partitioned = (config: Arguments): optim.GradientTransformation => {
  const transformations = Object.fromEntries(
    Object.entries(config).map(([k, v]) => [k, configured(v) as optim.GradientTransformation])
  )
  const names = Object.keys(config)
  const rest = names.find((n) => ['other', 'others', 'rest', 'default'].includes(n)) ?? names[0]
  const labels = (params: unknown): object => {
    const [entries, structure] = tree.flattenWithPath(params)
    const labelled = entries.map(
      ([path]) => names.find((n) => path.map(String).includes(n)) ?? rest
    )
    return tree.unflatten(structure, labelled) as object
  }
  return optim.partition(transformations, labels)
}

const optionsOf = (rest: Arguments): object =>
  Object.fromEntries(Object.entries(rest).map(([k, v]) => [camelCase(k), v]))

/** Arguments of wrappers that take the transformation first and the rest as options. */
const wrapped = (name: string, inner: optim.GradientTransformation, rest: Arguments): unknown => {
  // Wrappers are looked up by name, so their types are not known here.
  const make = (optim as unknown as Record<string, (...a: readonly unknown[]) => unknown>)[
    camelCase(name)
  ]
  return make(inner, optionsOf(rest))
}

/** Short names of a wrapper's arguments in full. */
const named = (wrapper: string, given: Arguments): Arguments =>
  Object.fromEntries(Object.entries(given).map(([k, v]) => [ownNames[wrapper]?.[k] ?? k, v]))

const wrappers = [
  'multi_steps',
  'lookahead',
  'schedule_free',
  'sam',
  'mechanize',
  'flatten',
  'split_real_and_imaginary'
]

const optimizerOf = (key: string, config: Arguments, mask: unknown): unknown => {
  const name = constructorOf(key.replace(/^MultiSteps/, 'multi_steps'))
  if (name === 'multi_transform' || name === 'partition') return partitioned(config)
  const inner = parts(config)
  const plain = Object.fromEntries(
    Object.entries(config)
      .filter(([k, v]) => known(k) === undefined && !isTransformation(configured(v)))
      .map(([k, v]) => [k, k.endsWith('mask') ? mask : configured(v)])
  )
  if (name === 'inject_hyperparams') {
    // The optimizer is the key of its arguments, or what the name of the whole goes on with.
    const rest = key.slice(name.length + 1)
    const [[factory, options]] =
      known(rest) === undefined || Object.keys(config).some((k) => known(k) !== undefined)
        ? Object.entries(config)
        : [[rest, config] as const]
    const make = (given: object) =>
      construct(factory, given as Arguments) as optim.GradientTransformation
    const given = typeof options === 'number' ? { learning_rate: options } : (options as object)
    const values = Object.entries(given).map(([k, v]) => [k, configured(v)] as const)
    return optim.injectHyperparams(make)(Object.fromEntries(values))
  }
  if (inner.length > 0) {
    const whole = inner.length === 1 ? inner[0] : optim.chain(...inner)
    if (name === 'chain' || !['masked', 'apply_if_finite', ...wrappers].includes(name)) return whole
    if (name === 'sam') return optim.sam(inner[0], inner[1] ?? inner[0], optionsOf(plain))
    if (name === 'masked') return optim.masked(whole, mask as optim.MaskTree)
    return name === 'apply_if_finite'
      ? construct(name, { inner: whole, max_consecutive_errors: Object.values(plain)[0] })
      : wrapped(name, whole, named(name, plain))
  }
  const stated = Object.values(config)
  const byKey = known(name) !== undefined && 'learning_rate' in config
  return stated.length === 1 && !byKey && known(name) !== undefined && typeof stated[0] === 'number'
    ? construct(name, { [Object.keys(config)[0]]: stated[0], ...onlyArgument(name, stated[0]) })
    : construct(name, /mask/.test(key) && !('mask' in plain) ? { ...plain, mask } : plain)
}

/** Constructors with one argument by position take it whatever the configuration calls it. */
const onlyArgument = (name: string, value: unknown): Arguments => {
  const argument = oneArgument[name]
  return argument === undefined ? {} : { [argument]: value }
}

const oneArgument: Readonly<Record<string, string>> = {
  clip: 'max_delta',
  clip_by_global_norm: 'max_norm',
  clip_by_block_rms: 'threshold',
  scale: 'step_size',
  apply_every: 'k'
}

const difference = (actual: unknown, expected: unknown, step: number): string | null => {
  const arrays = (x: unknown) =>
    tree.leaves(x).map((leaf) => (isArray(leaf) ? leaf : scalar(Number(leaf), 'float32')))
  const d = firstDifference(arrays(actual), arrays(expected), tolerance)
  return d === null ? null : `after step ${step + 1}, ${d}`
}

const replay = (file: OptaxFile, key: string): string | null => {
  const { config, params: expected } = file.optimizers[key]
  const { value = 1, ...rest } = config
  const isPair = constructorOf(key) === 'lookahead'
  const t = optimizerOf(key, rest, file.mask) as optim.GradientTransformation
  const first = decodeTree(file.params)
  let params = isPair ? optim.lookaheadParams(first) : first
  let state = t.init(params)
  for (const [i, g] of file.grads.entries()) {
    const grads = decodeTree(g)
    const extra = { value: value as number, grad: grads }
    const [updates, next] = t.update(grads, state, params, extra)
    params = optim.applyUpdates(params, updates)
    state = next
    const got = isPair && !hasBoth(expected[i]) ? (params as { fast: unknown }).fast : params
    const d = difference(got, decodeTree(expected[i]), i)
    if (d !== null) return d
  }
  return null
}

const hasBoth = (x: unknown): boolean => typeof x === 'object' && x !== null && 'fast' in x

const scheduleDifference = (key: string, expected: readonly number[]): string | null => {
  const schedule = evaluate(read(key)) as optim.Schedule
  const actual = expected.map((_, count) => schedule(count))
  const values = expected.map((x) => scalar(x, 'float32'))
  const d = firstDifference(actual, values, tolerance)
  return d === null ? null : d.replace('result', 'step')
}

/** What the recording left unsaid: arguments without a default in optax. */
const extraArguments: Readonly<Record<string, readonly unknown[]>> = { smooth_labels: [0.1] }

/** How many arguments of a loss come by position in ours; 2 unless said. */
const lossArrays: Readonly<Record<string, number>> = {
  ctc_loss: 4,
  ctc_loss_with_forward_probs: 4,
  triplet_margin_loss: 3
}

/** optax's order of the arguments that are options of ours. */
const lossOptions: Readonly<Record<string, readonly string[]>> = {
  cosine_distance: ['epsilon', 'axis', 'where'],
  cosine_similarity: ['epsilon', 'axis', 'where'],
  ctc_loss: ['blank_id', 'log_epsilon'],
  ctc_loss_with_forward_probs: ['blank_id', 'log_epsilon'],
  dice_loss: ['class_weights', 'smooth', 'alpha', 'beta', 'apply_softmax', 'reduction'],
  huber_loss: ['delta'],
  kl_divergence: ['axis', 'where'],
  ntxent: ['temperature'],
  poly_loss_cross_entropy: ['epsilon', 'axis', 'where'],
  sigmoid_focal_loss: ['alpha', 'gamma'],
  softmax_cross_entropy: ['axis', 'where'],
  softmax_cross_entropy_with_integer_labels: ['axis', 'where'],
  triplet_margin_loss: ['axis', 'norm_degree', 'margin', 'eps']
}

const lossDifference = ({ name, args, kwargs = {}, out }: OptaxFile['losses'][number]) => {
  // Losses are looked up by name, so their types are not known here.
  const losses = optim as unknown as Record<string, ((...a: unknown[]) => NdArray) | undefined>
  const loss = losses[camelCase(name)]
  if (loss === undefined) return `no loss ${name}`
  const given = args.map(decodeTree)
  // Numbers beyond the arrays are options of ours; in optax they come by position too.
  const arrays = lossArrays[name] ?? 2
  const byName = lossOptions[name] ?? ['axis']
  const late = given.slice(arrays).map((v, i) => [byName[i], v] as const)
  const more = given.length > 1 ? [] : (extraArguments[name] ?? [])
  const options = Object.fromEntries(
    [...late, ...Object.entries(kwargs).map(([k, v]) => [k, decodeTree(v)] as const)]
      .filter(([, v]) => v !== null && v !== undefined)
      .map(([k, v]) => [camelCase(k), v])
  )
  const all = [
    ...given.slice(0, arrays),
    ...more,
    ...(Object.keys(options).length > 0 ? [options] : [])
  ]
  const result: unknown = loss(...all)
  const [got, wanted] = [result, out].map((x) => (Array.isArray(x) ? x : [x]) as readonly unknown[])
  return firstDifference(
    got as readonly NdArray[],
    (wanted as readonly ArrayRecord[]).map(decode),
    tolerance
  )
}

export const checkOptax = (content: unknown): readonly Outcome[] => {
  const file = content as OptaxFile
  return [
    ...Object.keys(file.optimizers).map((key) =>
      check(`optimizer ${key}`, () => replay(file, key))
    ),
    ...Object.entries(file.schedules).map(([key, values]) =>
      check(`schedule ${key}`, () => scheduleDifference(key, values))
    ),
    ...file.losses.map((loss) => check(`loss ${loss.name}`, () => lossDifference(loss)))
  ]
}
