/** Sums of products by Einstein's notation, over contractions of two operands at a time. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { isBool, type DType } from '../core/dtype.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import { dotGeneral } from '../primitives/contraction.ts'
import { convertElementType } from '../primitives/convert.ts'
import { reshape, sum, transpose } from '../primitives/movement.ts'
import { readSubscripts, type Label } from './einsum-notation.ts'
import { contractionPath, surviving } from './einsum-path.ts'
import { diagonal } from './matrices.ts'
import { asArray, promoteTypes } from './promotion.ts'

export interface EinsumOptions {
  /** Type in which products are summed, and of the result. */
  readonly preferredElementType?: DType
}

/** An operand whose axes have names. */
interface Named {
  readonly x: NdArray
  readonly labels: readonly Label[]
}

/** A label that stands twice means the diagonal. */
const withoutRepeats = ({ x, labels }: Named): Named => {
  const second = labels.findIndex((l, i) => labels.indexOf(l) < i)
  if (second < 0) return { x, labels }
  const first = labels.indexOf(labels[second])
  return withoutRepeats({
    x: diagonal(x, { axis1: first, axis2: second }),
    labels: [...labels.filter((_, i) => i !== first && i !== second), labels[first]]
  })
}

/** An axis of extent 1 beside a longer one of the same name is repeated: it need not exist. */
const withoutOnes = ({ x, labels }: Named, extents: ReadonlyMap<Label, number>): Named => {
  const kept = labels.filter((l, i) => x.shape[i] === extents.get(l))
  if (kept.length === labels.length) return { x, labels }
  return {
    x: reshape(
      x,
      kept.map((l) => extents.get(l) as number) // every label of a term has an extent
    ),
    labels: kept
  }
}

const summed = ({ x, labels }: Named, kept: ReadonlySet<Label>): Named => {
  const axes = labels.flatMap((l, i) => (kept.has(l) ? [] : [i]))
  return { x: sum(x, axes), labels: labels.filter((l) => kept.has(l)) }
}

const arranged = ({ x, labels }: Named, order: readonly Label[]): NdArray =>
  transpose(
    x,
    order.map((l) => labels.indexOf(l))
  )

const contracted = (a: Named, b: Named, kept: readonly Label[], options: EinsumOptions): Named => {
  const wanted = new Set(kept)
  // What only one of them has, and nobody else wants, is summed before they meet.
  const p = summed(a, new Set([...b.labels, ...kept]))
  const q = summed(b, new Set([...a.labels, ...kept]))
  const shared = p.labels.filter((l) => q.labels.includes(l))
  const batch = shared.filter((l) => wanted.has(l))
  const inner = shared.filter((l) => !wanted.has(l))
  const free = (of: Named): readonly Label[] => of.labels.filter((l) => !shared.includes(l))
  return {
    x: dotGeneral(p.x, q.x, {
      dimensionNumbers: {
        lhsContracting: inner.map((l) => p.labels.indexOf(l)),
        rhsContracting: inner.map((l) => q.labels.indexOf(l)),
        lhsBatch: batch.map((l) => p.labels.indexOf(l)),
        rhsBatch: batch.map((l) => q.labels.indexOf(l))
      },
      ...options
    }),
    labels: [...batch, ...free(p), ...free(q)]
  }
}

type Arguments = readonly (ArrayLike | EinsumOptions)[]

const isOptions = (x: ArrayLike | EinsumOptions | undefined): x is EinsumOptions =>
  typeof x === 'object' && !isArray(x)

const cut = (
  operation: string,
  rest: Arguments
): readonly [operands: readonly ArrayLike[], options: EinsumOptions] => {
  const last = rest[rest.length - 1]
  const options = isOptions(last) ? last : {}
  checkOptions(operation, options, ['preferredElementType'])
  const operands = isOptions(last) ? rest.slice(0, -1) : rest
  if (operands.length === 0)
    throw new ValueError(operation, {
      problem: 'there are no operands',
      got: 'subscripts alone',
      expected: 'an array for every term',
      hint: "np.einsum('ij,jk->ik', a, b)"
    })
  return [operands as readonly ArrayLike[], options] // options stand last or nowhere
}

/**
 * Sums products over the axes whose letter is not in the result: 'ij,jk->ik' is a product of
 * matrices, 'ii' a trace, 'bij,bj->bi' a product for each b, '...ij->...ji' a transpose. Without
 * an arrow the letters that occur once remain, in alphabetical order. More than two operands meet
 * in pairs, in a greedy order.
 *
 * Shape: -> the extents of the letters after the arrow.
 * Errors: ValueError for subscripts that cannot be read, ShapeError when shapes do not fit.
 *
 * @example
 * np.einsum('ij,j->i', np.array([[1, 2], [3, 4]]), np.array([1, -1])).toNested() // => [-1, -1]
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const einsum = (subscripts: string, ...rest: Arguments): NdArray => {
  const [operands, options] = cut('np.einsum', rest)
  const typed = promoteTypes('np.einsum', operands)
  const contraction = readSubscripts(
    subscripts,
    typed.map((x) => x.shape)
  )
  const { terms, output, extents } = contraction
  const named = typed.map((x, i) => withoutOnes(withoutRepeats({ x, labels: terms[i] }), extents))
  // The order is found again from the axes that are left.
  const path = contractionPath({ ...contraction, terms: named.map((n) => n.labels) })
  const [last] = path.reduce<readonly Named[]>((left, [i, j]) => {
    const others = left.filter((_, k) => k !== i && k !== j)
    const kept = surviving(
      left[i].labels,
      left[j].labels,
      others.map((n) => n.labels),
      output
    )
    return [...others, contracted(left[i], left[j], kept, options)]
  }, named)
  const result = arranged(summed(countable(last, output), new Set(output)), output)
  const { preferredElementType } = options
  return preferredElementType === undefined
    ? result
    : convertElementType(result, preferredElementType)
}

/** Bools are counted, not added, where an axis is summed at the end. */
const countable = ({ x, labels }: Named, output: readonly Label[]): Named =>
  isBool(x.dtype) && labels.length > output.length
    ? { x: convertElementType(x, 'int32'), labels }
    : { x, labels }

/**
 * [path, text]: which operands einsum lets meet. Two positions leave the list of operands, their
 * product goes to its end.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const einsumPath = (
  subscripts: string,
  ...rest: Arguments
): readonly [path: readonly (readonly [number, number])[], text: string] => {
  const [operands] = cut('np.einsumPath', rest)
  const shapes = operands.map((x) => asArray(x, 'np.einsumPath').shape)
  const path = contractionPath(readSubscripts(subscripts, shapes))
  const text = path.map(([i, j]) => `contract ${i} with ${j}`).join('\n')
  return [path, `${subscripts}\n${text}`]
}
