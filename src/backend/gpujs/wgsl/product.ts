/**
 * Matrix products in tiles. A group of threads computes a tile, each thread a block of 4×4 or 8×8
 * results of it. The strips of both operands that a step needs are cut into blocks of 4×4 elements,
 * as many as there are threads: every thread loads one into registers while the step before is
 * summed, and writes it to shared memory when everybody is done with that.
 *
 * For a block of 8×8 a thread multiplies and adds 64 times per element of k, and for that it reads
 * four vectors of shared memory. Per step of 16, its shares of moving the strips are four vectors
 * read from memory, four written to shared memory, and two barriers: 64 + 8 accesses for 1024
 * fused multiply-adds.
 */
import type { Buffer } from '../../../kernel/ir.ts'
import { valueOf } from '../code.ts'
import type { ProductPass } from '../passes/pass.ts'
import { sizeOfProduct, tileOf } from '../passes/split-product.ts'
import { typeOf } from './language.ts'
import { declareBlock, operandsOf, type Operand } from './operands.ts'
import { declarePut, vectorOutput } from './product-store.ts'
import { createShader, type Shader } from './shader.ts'

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

export const productShader = (pass: ProductPass, buffers: readonly Buffer[]): Shader => {
  const { kernel, splits } = pass
  const size = sizeOfProduct(kernel)
  const side = tileOf(size)
  const type = typeOf(kernel.dtype)
  const operands = operandsOf(kernel)
  const { lhs, rhs } = operands
  const output = vectorOutput(pass)
  const fours = new Set([
    ...[lhs, rhs].flatMap((o) => (o.isVector ? [o.place.buffer] : [])),
    ...(output === null ? [] : [output])
  ])
  const builder = createShader(pass, buffers, { fours })
  // Threads in a square; each has quarters of 4×4 results, one or two per direction.
  const threads = side === 32 ? 8 : 16
  const blocks = side / (threads * 4)
  const count = threads * threads
  const half = count / 2
  const quads = side / 4
  /** Elements of k in a step: their blocks of both strips are one per thread. */
  const depth = (8 * count) / side
  const steps = depth / 4
  const perSplit = depth * Math.ceil(size.k / splits / depth)

  builder.declare(
    `var<workgroup> strips: array<array<array<array<vec4<${type}>, ${quads}>, 4>, ${steps}>, 2>;`
  )
  const bases = [
    { name: 'leftBase', base: lhs.place.base },
    { name: 'rightBase', base: rhs.place.base }
  ].flatMap(({ name, base }) => (base === null ? [] : [{ name, base }]))
  for (const { name } of bases) builder.declare(`var<private> ${name}: i32;`)
  declareBlock(builder, operands, size, { type, side })
  declarePut(builder, pass, { type, side })

  /** Neighbouring threads load what are neighbours in memory. */
  const ownBlock = ({ along }: Operand): readonly [q: string, kq: string] =>
    along === 'k' ? [`u / ${steps}`, `u % ${steps}`] : [`u % ${quads}`, `u / ${quads}`]
  const either = (right: string, left: string): string =>
    left === right ? left : `select(${right}, ${left}, isLeft)`
  const [leftOwn, rightOwn] = [ownBlock(lhs), ownBlock(rhs)]
  // Columns are exchanged by step, so that threads which write neighbours in k meet other banks.
  const exchange = 8 / steps
  const exchanged = (q: string, kq: string): string =>
    `${q} ^ ${exchange === 1 ? kq : `(${kq} * ${exchange})`}`

  const lanes = ['x', 'y', 'z', 'w']
  const accumulators = range(blocks).flatMap((r) =>
    range(4).flatMap((i) => range(blocks).map((c) => ({ name: `c${r}${i}${c}`, r, i, c })))
  )
  const shifted = (name: string, b: number): string => (b === 0 ? name : `${name} + ${b * threads}`)
  const main: readonly string[] = [
    'let t = i32(local.x);',
    // Thirty-two threads, 8 beside each other in 4 rows, read the fewest different vectors.
    ...(threads === 8
      ? ['let tx = t % 8;', 'let ty = t / 8;']
      : ['let tx = t / 32 % 2 * 8 + t % 8;', 'let ty = t / 64 * 4 + t / 8 % 4;']),
    `let column = i32(group.x) * ${side};`,
    `let row = i32(group.y) * ${side};`,
    ...(splits === 1
      ? ['let z = i32(group.z);', 'let split = 0;', 'let begin = 0;', `let end = ${size.k};`]
      : [
          `let z = i32(group.z) / ${splits};`,
          `let split = i32(group.z) % ${splits};`,
          `let begin = split * ${perSplit};`,
          `let end = min(begin + ${perSplit}, ${size.k});`
        ]),
    ...bases.flatMap(({ name, base }) => {
      const code = builder.code([])
      const value = valueOf(code, base)
      return [...code.lines, `${name} = ${value};`]
    }),
    `let isLeft = t < ${half};`,
    `let side = t / ${half};`,
    `let u = t % ${half};`,
    `let q = ${either(rightOwn[0], leftOwn[0])};`,
    `let kq = ${either(rightOwn[1], leftOwn[1])};`,
    `let p = select(column, row, isLeft) + q * 4;`,
    `let to = ${exchanged('q', 'kq')};`,
    ...accumulators.map(({ name }) => `var ${name} = vec4<${type}>();`),
    'var next = block(isLeft, z, p, begin + kq * 4, end);',
    `for (var k0 = begin; k0 < end; k0 += ${depth}) {`,
    ...range(4).map((i) => `  strips[side][kq][${i}][to] = next[${i}];`),
    '  workgroupBarrier();',
    `  next = block(isLeft, z, p, k0 + ${depth} + kq * 4, end);`,
    `  for (var s = 0; s < ${steps}; s++) {`,
    `    let y = ${exchanged('ty', 's')};`,
    `    let x = ${exchanged('tx', 's')};`,
    ...range(4).flatMap((k) => [
      '    {',
      ...range(blocks).flatMap((b) => [
        `      let l${b} = strips[0][s][${k}][${shifted('y', b)}];`,
        `      let r${b} = strips[1][s][${k}][${shifted('x', b)}];`
      ]),
      ...accumulators.map(({ name, r, i, c }) => `      ${name} += l${r}.${lanes[i]} * r${c};`),
      '    }'
    ]),
    '  }',
    '  workgroupBarrier();',
    '}',
    ...accumulators.map(
      ({ name, r, i, c }) =>
        `put(z, split, row + (${shifted('ty', r)}) * 4 + ${i}, column + (${shifted('tx', c)}) * 4, ${name});`
    )
  ]
  return builder.finish(
    main,
    [Math.ceil(size.n / side), Math.ceil(size.m / side), size.batch * splits],
    [count, 1]
  )
}
