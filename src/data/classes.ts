/** Choosing examples by class. */
import { hostOf, type NdArray, requireArrays } from '../core/array.ts'
import { onHost } from '../core/config.ts'
import { ShapeError, ValueError, checkOptions, listOf } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import * as random from '../random/index.ts'
import { countRows, rows } from './rows.ts'

const requireLabels = (operation: string, labels: NdArray, n: number): void => {
  requireArrays(operation, labels)
  if (labels.ndim === 1 && labels.shape[0] === n) return
  throw new ShapeError(operation, {
    problem: 'labels do not belong to the data',
    got: `labels ${show(labels.shape)} for ${n} examples`,
    expected: `labels [${n}]`,
    hint: 'one label for each example'
  })
}

const positionsOf = (labels: NdArray, wanted: (label: number) => boolean): readonly number[] =>
  Array.from(hostOf(labels), (label, i) => (wanted(label) ? i : -1)).filter((i) => i >= 0)

/**
 * The examples of some classes, in their order.
 *
 * @category batches
 * @since 0.1.0
 */
export const ofClasses = <T>(data: T, labels: NdArray, classes: readonly number[]): T => {
  requireLabels('ofClasses', labels, countRows('ofClasses', data))
  listOf('ofClasses', classes, 'the classes')
  return rows(
    data,
    positionsOf(labels, (label) => classes.includes(label))
  )
}

export interface TakePerClassOptions {
  /** Chooses at random; without one, the first of each class are taken. */
  readonly key?: NdArray
}

/**
 * `count` examples of every class, class by class.
 *
 * Errors: ValueError when a class has fewer.
 *
 * @category batches
 * @since 0.1.0
 */
export const takePerClass = <T>(
  data: T,
  labels: NdArray,
  count: number,
  options: TakePerClassOptions = {}
): T => {
  checkOptions('takePerClass', options, ['key'])
  requireLabels('takePerClass', labels, countRows('takePerClass', data))
  const { key } = options
  const classes = [...new Set(Array.from(hostOf(labels)))].sort((a, b) => a - b)
  const chosen = classes.flatMap((c) => {
    const all = positionsOf(labels, (label) => label === c)
    if (all.length < count)
      throw new ValueError('takePerClass', {
        problem: 'a class has too few examples',
        got: `${all.length} of class ${c}`,
        expected: `at least ${count}`,
        hint: 'take fewer per class'
      })
    if (key === undefined) return all.slice(0, count)
    const order = hostOf(onHost(() => random.permutation(random.foldIn(key, c), all.length)))
    return Array.from(order.subarray(0, count), (i) => all[i])
  })
  return rows(data, chosen)
}
