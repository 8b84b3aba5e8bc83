/**
 * Selections: which parameters of a network something is about, said by path.
 *
 * Paths are those of weight files: `layers/0/kernel`. In a pattern `*` stands for any part of one
 * step of a path, `**` for any number of steps, `{a,b}` for one of several words.
 */
import { ValueError, showArgument, listOf } from '../core/errors.ts'
import { slashed, type Path } from '../core/path.ts'
import type { Leaf } from '../core/structure.ts'
import * as tree from '../core/tree.ts'
import type { MaskTree } from '../optim/mask.ts'

/** A path pattern, several of them, or a function of the path (`layers/0/kernel`) and the leaf. */
export type Pattern =
  string | readonly string[] | ((path: string, leaf: Leaf, entries: Path) => boolean)

/** A pattern, or a mask: a tree of booleans, in which one may stand for a whole sub-tree. */
export type Selection = Pattern | Exclude<MaskTree, string>

const special = /[.+^$()|[\]\\?]/g

const stepSource = (step: string): string =>
  step
    .replace(special, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\{([^}]*)\}/g, (_all, words: string) => `(?:${words.replace(/,/g, '|')})`)

/** A pattern covers what it names and, for leaves, what is below: `head` covers `head/kernel`. */
export const matcher = (pattern: string, below = true): RegExp => {
  if (typeof pattern !== 'string')
    throw new ValueError('select', {
      problem: 'a pattern is no text',
      got: showArgument(pattern),
      expected: "a path such as 'encoder/*/kernel', or a list of them",
      hint: 'trees of booleans select too'
    })
  const steps = pattern.split('/').map((step, i, all) => {
    const last = i === all.length - 1
    if (step === '**') return last ? '.*' : '(?:[^/]+/)*'
    return last ? stepSource(step) : `${stepSource(step)}/`
  })
  return new RegExp(`^${steps.join('')}${below ? '(?:/.*)?' : ''}$`)
}

const some = (names: readonly string[]): string =>
  names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '')

const unmatched = (operation: string, pattern: string, paths: readonly string[]): ValueError =>
  new ValueError(operation, {
    problem: 'a selection matches no parameter',
    got: pattern,
    expected: `a pattern for some of: ${some(paths)}`,
    hint: "* stands for part of one step, ** for any number of steps: '**/kernel'"
  })

/**
 * A mask of the structure of `params`: true where the pattern matches.
 *
 * Errors: ValueError when a pattern (each of several) matches nothing.
 *
 * @example
 * select({ head: { kernel: 1, bias: 0 }, body: 2 }, 'head') // => { body: false, head: { bias: true, kernel: true } }
 *
 * @category selections
 * @since 0.1.0
 */
export const select = (params: unknown, pattern: Pattern): object =>
  tree.unflatten(tree.structureOf(params), matching('select', params, pattern)) as object // a tree of booleans

/** The answer of a pattern for every leaf, in canonical order, in the name of `operation`. */
export const matching = (
  operation: string,
  params: unknown,
  pattern: Pattern
): readonly boolean[] => {
  const [entries] = tree.flattenWithPath(params, operation)
  const paths = entries.map(([path]) => slashed(path))
  return chosen(operation, entries, paths, pattern)
}

const chosen = (
  operation: string,
  entries: readonly (readonly [Path, Leaf])[],
  paths: readonly string[],
  pattern: Pattern
): readonly boolean[] => {
  if (typeof pattern === 'function') {
    const flags = entries.map(([path, leaf], i) => pattern(paths[i], leaf, path))
    if (!flags.includes(true))
      throw unmatched(operation, `the predicate ${pattern.name}`.trim(), paths)
    return flags
  }
  const each = listOf(operation, typeof pattern === 'string' ? [pattern] : pattern).map((one) => {
    const matches = matcher(one)
    const flags = paths.map((path) => matches.test(path))
    if (!flags.includes(true)) throw unmatched(operation, `'${one}'`, paths)
    return flags
  })
  return paths.map((_, i) => each.some((flags) => flags[i]))
}

/**
 * True where every given selection is false.
 *
 * @category selections
 * @since 0.1.0
 */
export const complement = (mask: object): object => tree.map((flag: boolean) => !flag, mask)

/**
 * True where any of the given masks is.
 *
 * @example
 * const params = { head: 1, body: { kernel: 2, bias: 3 } }
 * union(select(params, 'head'), select(params, ['body/bias'])) // => { body: { bias: true, kernel: false }, head: true }
 *
 * @category selections
 * @since 0.1.0
 */
export const union = (first: object, ...rest: readonly object[]): object =>
  tree.map((...flags: readonly boolean[]) => flags.includes(true), first, ...rest)

/**
 * True where all of the given masks are.
 *
 * @category selections
 * @since 0.1.0
 */
export const intersection = (first: object, ...rest: readonly object[]): object =>
  tree.map((...flags: readonly boolean[]) => !flags.includes(false), first, ...rest)

/**
 * The biases alone, a thousandth of a network's parameters or less (BitFit).
 *
 * Errors: ValueError when there is none.
 * Source: Ben Zaken et al. 2022.
 *
 * @category selections
 * @since 0.1.0
 */
export const bitFit = (params: unknown): object => select(params, '**/bias')
