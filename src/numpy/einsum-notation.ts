/** Einstein's notation read: which label every axis has, and in which order results have them. */
import { ShapeError, ValueError, showArgument } from '../core/errors.ts'
import { show, type Shape } from '../core/shape.ts'

/** An axis: a letter, or `.0`, `.1` … for those that an ellipsis stands for, counted from the last. */
export type Label = string

export interface Contraction {
  readonly terms: readonly (readonly Label[])[]
  readonly output: readonly Label[]
  readonly extents: ReadonlyMap<Label, number>
}

const malformed = (got: string, problem: string): ValueError =>
  new ValueError('np.einsum', {
    problem,
    got: `'${got}'`,
    expected: "letters for axes, commas between operands, as in 'ij,jk->ik' or '...ij,...j->...i'",
    hint: 'every axis has one letter; an ellipsis stands for the axes not named'
  })

const ellipsis = (rank: number): readonly Label[] =>
  Array.from({ length: rank }, (_, i) => `.${rank - 1 - i}`)

const expanded = (term: string, rank: number, whole: string): readonly Label[] => {
  const parts = term.split('...')
  if (parts.length > 2 || !/^[a-zA-Z]*$/.test(parts.join('')))
    throw malformed(whole, `the term '${term}' cannot be read`)
  const named = parts.join('').length
  if (parts.length === 1) return Array.from(term)
  return [...Array.from(parts[0]), ...ellipsis(Math.max(0, rank - named)), ...Array.from(parts[1])]
}

const unique = (labels: readonly Label[]): readonly Label[] => [...new Set(labels)]

/** Ellipsis axes, then the letters that occur once, in alphabetical order. */
const implicit = (terms: readonly (readonly Label[])[]): readonly Label[] => {
  const all = terms.flat()
  const dots = unique(all.filter((l) => l.startsWith('.')))
  const once = all.filter((l) => !l.startsWith('.') && all.indexOf(l) === all.lastIndexOf(l))
  return [...dots.toSorted((a, b) => Number(b.slice(1)) - Number(a.slice(1))), ...once.toSorted()]
}

const extentsOf = (
  terms: readonly (readonly Label[])[],
  shapes: readonly Shape[],
  whole: string
): ReadonlyMap<Label, number> => {
  const extents = new Map<Label, number>()
  terms.forEach((term, i) =>
    term.forEach((label, axis) => {
      const n = shapes[i][axis]
      const known = extents.get(label) ?? 1
      if (known !== 1 && n !== 1 && known !== n)
        throw new ShapeError('np.einsum', {
          problem: `axis '${label}' has two extents`,
          got: `'${whole}' for shapes ${shapes.map(show).join(', ')}`,
          expected: 'one extent for each letter (1 is repeated)',
          hint: 'check the order of the operands and of their axes'
        })
      extents.set(label, Math.max(known, n))
      if (n === 0) extents.set(label, 0)
    })
  )
  return extents
}

/** Errors: ValueError for a text that is no contraction, ShapeError when shapes do not fit it. */
export const readSubscripts = (subscripts: string, shapes: readonly Shape[]): Contraction => {
  if (typeof subscripts !== 'string')
    throw malformed(showArgument(subscripts), 'the subscripts are no text')
  const text = subscripts.replace(/\s/g, '')
  const [left, right, ...more] = text.split('->')
  if (more.length > 0) throw malformed(text, 'there are two arrows')
  const inputs = left.split(',')
  if (inputs.length !== shapes.length)
    throw malformed(text, `${inputs.length} terms for ${shapes.length} operands`)
  const terms = inputs.map((term, i) => expanded(term, shapes[i].length, text))
  terms.forEach((term, i) => {
    if (term.length !== shapes[i].length)
      throw new ShapeError('np.einsum', {
        problem: 'a term does not name the axes of its operand',
        got: `'${inputs[i]}' for shape ${show(shapes[i])}`,
        expected: `${shapes[i].length} letters, or an ellipsis`,
        hint: "'...' stands for any number of axes"
      })
  })
  const dots = Math.max(0, ...terms.map((t) => t.filter((l) => l.startsWith('.')).length))
  const output =
    right === undefined
      ? implicit(terms)
      : expanded(right, right.replace('...', '').length + dots, text)
  const known = new Set(terms.flat())
  if (unique(output).length !== output.length || output.some((l) => !known.has(l)))
    throw malformed(text, 'the result has an axis twice, or one that no operand has')
  return { terms, output, extents: extentsOf(terms, shapes, text) }
}
