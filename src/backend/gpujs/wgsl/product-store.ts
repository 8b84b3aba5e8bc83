/** What becomes of the sums of a product: its epilogue, or a partial sum of a split. */
import { type Affine, rowMajor } from '../../../kernel/affine.ts'
import { productSpace } from '../../../kernel/join-epilogues.ts'
import { indexText, valueOf } from '../code.ts'
import type { ProductPass } from '../passes/pass.ts'
import { sizeOfProduct } from '../passes/split-product.ts'
import { liesInFours } from './operands.ts'
import { axisNames, type ShaderBuilder, splitPosition, wordText } from './shader.ts'
import { storageOf } from './language.ts'

/** The axis of the output that a column of the product is. */
const columnAxis = ({ kernel }: ProductPass): number =>
  kernel._tag === 'contraction' ? kernel.batch.length + 1 : 2

/** The output of a split is plain: its space, row by row, once per split. */
const indexOf = ({ kernel, partial }: ProductPass): Affine =>
  partial === null ? kernel.out.index : rowMajor(productSpace(kernel))

/** Where a column and its three neighbours are one vector of memory, the buffer; else null. */
export const vectorOutput = (pass: ProductPass): number | null => {
  const { kernel, partial } = pass
  const place = {
    ...kernel.out,
    index: indexOf(pass),
    base: partial === null ? kernel.out.base : null
  }
  return liesInFours(place, columnAxis(pass), productSpace(kernel))
    ? (partial ?? kernel.out.buffer)
    : null
}

/** The axes of the output, and statements that name them from z, m and n. */
const axesOf = ({
  kernel
}: ProductPass): { readonly names: readonly string[]; readonly lines: readonly string[] } => {
  if (kernel._tag === 'contraction') {
    const batch = axisNames(kernel.batch)
    return { names: [...batch, 'm', 'n'], lines: splitPosition('z', kernel.batch, batch) }
  }
  const outputs = [kernel.batch, ...kernel.spatial.map((d) => d.output)]
  const outs = axisNames(outputs, 'o')
  return {
    names: [kernel.groups === 1 ? '0' : 'z', outs[0], 'n', ...outs.slice(1)],
    lines: splitPosition('m', outputs, outs)
  }
}

/**
 * Declares `fn put(z, split, m, n, sums)`, which stores the four columns from n on, and
 * `fn finished(z, m, n, sum)`, the word that one of them becomes.
 */
export const declarePut = (
  builder: ShaderBuilder,
  pass: ProductPass,
  { type, side }: { readonly type: string; readonly side: number }
): void => {
  const { kernel, partial } = pass
  const size = sizeOfProduct(kernel)
  const { names, lines } = axesOf(pass)
  const buffer = partial ?? kernel.out.buffer
  const word = storageOf(builder.dtype(buffer))
  const indented = (text: readonly string[]): readonly string[] => text.map((l) => `  ${l}`)

  if (partial === null) {
    const isHalf = kernel.dtype === 'float16' || kernel.dtype === 'bfloat16'
    const code = builder.code(names, (e) => (e._tag === 'accumulator' ? 'total' : undefined))
    code.lines.push(
      `let total = ${isHalf ? builder.language.cast('float32', kernel.dtype, 'sum') : 'sum'};`
    )
    const value = kernel.epilogue === null ? 'total' : valueOf(code, kernel.epilogue)
    builder.declare(
      [
        `fn finished(z: i32, m: i32, n: i32, sum: ${type}) -> ${word} {`,
        ...indented([...lines, ...code.lines, `return ${wordText(builder, buffer, value)};`]),
        '}'
      ].join('\n')
    )
  }
  const word4 = ['x', 'y', 'z', 'w'].map((lane, i) =>
    partial === null ? `finished(z, m, n + ${i}, sums.${lane})` : `sums.${lane}`
  )
  const total = productSpace(kernel).reduce((x, y) => x * y, 1)
  const code = builder.code(names)
  const base =
    partial !== null
      ? ` + split * ${total}`
      : kernel.out.base === null
        ? ''
        : ` + ${valueOf(code, kernel.out.base)}`
  const index = (at: readonly string[]): string => `${indexText(indexOf(pass), at)}${base}`
  const isVector = vectorOutput(pass) !== null
  const outside = [
    ...(size.m % side === 0 ? [] : [`m >= ${size.m}`]),
    ...(size.n % side === 0 ? [] : [`n >= ${size.n}`])
  ]
  // A base may depend on the column: then each of the four has its own.
  const stores = isVector
    ? [`${builder.name(buffer)}[(${index(names)}) >> 2u] = vec4<${word}>(${word4.join(', ')});`]
    : word4.map((value, i) => `putOne(z, split, m, n + ${i}, ${value});`)
  if (!isVector)
    builder.declare(
      [
        `fn putOne(z: i32, split: i32, m: i32, n: i32, value: ${word}) {`,
        ...(size.n % 4 === 0 ? [] : [`  if (n >= ${size.n}) { return; }`]),
        ...indented([...lines, ...code.lines]),
        `  ${builder.element(buffer, index(names))} = value;`,
        '}'
      ].join('\n')
    )
  builder.declare(
    [
      `fn put(z: i32, split: i32, m: i32, n: i32, sums: vec4<${type}>) {`,
      ...(outside.length === 0 ? [] : [`  if (${outside.join(' || ')}) { return; }`]),
      ...indented(isVector ? lines : []),
      ...indented(stores),
      '}'
    ].join('\n')
  )
}
