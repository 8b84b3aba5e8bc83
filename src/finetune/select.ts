/**
 * Selections: which parameters of a network something is about, said by path.
 *
 * Paths are those of weight files: `layers/0/kernel`. In a pattern `*` stands for any part of one
 * step of a path, `**` for any number of steps, `{a,b}` for one of several words.
 */
import { ValueError } from '../core/errors.ts'
import { slashed, type Path } from '../core/path.ts'
import * as tree from '../core/tree.ts'

/** A path pattern, several of them, or a function of the path (`layers/0/kernel`) and the leaf. */
export type Pattern =
  string | readonly string[] | ((path: string, leaf: tree.Leaf, entries: Path) => boolean)

const special = /[.+^$()|[\]\\?]/g

const stepSource = (step: string): string =>
  step
    .replace(special, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\{([^}]*)\}/g, (_all, words: string) => `(?:${words.replace(/,/g, '|')})`)

/** A pattern covers what it names and everything below: `head` covers `head/kernel`. */
const matcher = (pattern: string): RegExp => {
  const steps = pattern.split('/').map((step, i, all) => {
    const last = i === all.length - 1
    if (step === '**') return last ? '.*' : '(?:[^/]+/)*'
    return last ? stepSource(step) : `${stepSource(step)}/`
  })
  return new RegExp(`^${steps.join('')}(?:/.*)?$`)
}

const some = (names: readonly string[]): string =>
  names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '')

const unmatched = (pattern: string, paths: readonly string[]): ValueError =>
  new ValueError('select', {
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
export const select = (params: unknown, pattern: Pattern): object => {
  const [entries, structure] = tree.flattenWithPath(params, 'select')
  const paths = entries.map(([path]) => slashed(path))
  const flags = chosen(entries, paths, pattern)
  return tree.unflatten(structure, flags) as object // a tree of booleans
}

const chosen = (
  entries: readonly (readonly [Path, tree.Leaf])[],
  paths: readonly string[],
  pattern: Pattern
): readonly boolean[] => {
  if (typeof pattern === 'function') {
    const flags = entries.map(([path, leaf], i) => pattern(paths[i], leaf, path))
    if (!flags.includes(true)) throw unmatched(`the predicate ${pattern.name}`.trim(), paths)
    return flags
  }
  const each = (typeof pattern === 'string' ? [pattern] : pattern).map((one) => {
    const matches = matcher(one)
    const flags = paths.map((path) => matches.test(path))
    if (!flags.includes(true)) throw unmatched(`'${one}'`, paths)
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
