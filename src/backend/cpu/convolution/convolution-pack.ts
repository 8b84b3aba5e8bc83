/** Packing of operands whose rows and terms are mixed-radix numbers: windows of an image. */

import type { PackBlock } from '../product/gemm-blocked.ts'
import { i32s } from '../product/gemm-micro.ts'
import {
  packAlongColumns,
  packAlongRows,
  packLocals,
  packStrided,
  packUnrolled
} from '../product/gemm-pack.ts'
import type { Digits } from './convolution-plan.ts'
import { pushOffset } from '../nest/strided.ts'
import type { VectorType } from '../values/vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** Pushes the arguments of {@link definePackDigits}, for rows that begin after `before` others. */
export const pushPackBlock = (
  f: FunctionBuilder,
  source: Local,
  { row, rows, step, first, count, target }: PackBlock,
  before?: Local
): FunctionBuilder => {
  f.get(source).get(row)
  if (before !== undefined) f.get(before).op('i32.add')
  return f.get(rows).get(step).get(first).get(count).get(target)
}

/** So few terms, all in one block, are packed without a loop. */
const mostUnrolled = 160

/** Offsets of all terms in order. */
const offsetsOf = (digits: Digits): readonly number[] =>
  digits.reduce<readonly number[]>(
    (all, { extent, strides: [stride] }) =>
      all.flatMap((before) => Array.from({ length: extent }, (_, i) => before + i * stride)),
    [0]
  )

/**
 * `pack(source, row, rows, step, first, count, target)`: the panels of `rows` rows from `row`, each
 * `step` rows after the one before it, `count` terms from `first`, of an operand whose rows and
 * terms are mixed-radix numbers.
 */
export const definePackDigits = (
  module: ModuleBuilder,
  type: VectorType,
  width: number,
  rowDigits: Digits,
  termDigits: Digits
): FunctionRef =>
  module.define(
    { params: i32s(7), results: [] },
    (f, source, row, rows, step, first, count, target) => {
      const locals = packLocals(f, width)
      const bases = f.locals('i32', width)
      const [outer, inner, left, run, index, offset] = f.locals('i32', 6)
      const innerRow = rowDigits[rowDigits.length - 1]
      const innerTerm = termDigits[termDigits.length - 1]
      const stride = innerTerm.strides[0] * type.bytes
      const next = (pointer: Local): FunctionBuilder => f.increment(pointer, stride)

      /** Runs `pack` for every stretch of terms along which the source advances by one stride. */
      const runs = (used: number, pack: () => void): void => {
        f.get(first).i32(innerTerm.extent).op('i32.div_u').set(outer)
        f.get(first).i32(innerTerm.extent).op('i32.rem_u').set(inner)
        f.get(count).set(left)
        f.while(
          () => f.get(left),
          () => {
            f.i32(innerTerm.extent).get(inner).op('i32.sub').tee(run).get(left)
            f.get(run).get(left).op('i32.lt_u').op('select').set(run)
            f.get(inner).i32(stride).op('i32.mul')
            if (termDigits.length > 1) {
              pushOffset(f, outer, termDigits.slice(0, -1), type.bytes)
              f.op('i32.add')
            }
            f.set(offset)
            for (let r = 0; r < used; r++)
              f.get(bases[r]).get(offset).op('i32.add').set(locals.rows[r])
            pack()
            f.i32(0).set(inner).increment(outer, 1)
            f.get(left).get(run).op('i32.sub').set(left)
          }
        )
      }
      const terms = termDigits.reduce((n, d) => n * d.extent, 1)
      const unrolled = terms <= mostUnrolled ? offsetsOf(termDigits) : null
      const lowest = Math.min(0, ...(unrolled ?? []))
      /** Pushes whether the panel is whole, and its rows one stretch of the innermost digit. */
      const pushIsStretch = (): void => {
        f.get(row)
          .i32(innerRow.extent)
          .op('i32.rem_u')
          .i32(innerRow.extent - width)
        f.op('i32.le_u').get(rows).i32(width).op('i32.ge_s').op('i32.and')
      }
      const rowsOneByOne = (): void => {
        for (let r = 1; r < width; r++) {
          // Past the edge the last row is repeated.
          f.i32(r).get(rows).i32(1).op('i32.sub').get(rows).i32(r).op('i32.gt_s').op('select')
          f.get(row).op('i32.add').set(index)
          pushOffset(f, index, rowDigits, type.bytes)
          f.get(source).op('i32.add').set(bases[r])
        }
      }
      const rowsInStretch = (): void => {
        for (let r = 1; r < width; r++)
          f.get(bases[r - 1])
            .i32(innerRow.strides[0] * type.bytes)
            .op('i32.add')
            .set(bases[r])
      }
      const anyRows = (): void => {
        if (innerRow.extent < width) rowsOneByOne()
        else {
          pushIsStretch()
          f.if(rowsInStretch, rowsOneByOne)
        }
        if (unrolled !== null) {
          locals.rows.forEach((row, r) => {
            f.get(bases[r])
              .i32(lowest * type.bytes)
              .op('i32.add')
              .set(row)
          })
          packUnrolled(
            f,
            type,
            locals,
            unrolled.map((o) => o - lowest)
          )
        } else if (innerTerm.strides[0] === 1)
          runs(width, () => packAlongColumns(f, type, locals, run))
        else runs(width, () => packStrided(f, type, locals, run, next))
      }

      f.get(target).set(locals.target)
      f.while(
        () => f.get(rows).i32(0).op('i32.gt_s'),
        () => {
          pushOffset(f, row, rowDigits, type.bytes)
          f.get(source).op('i32.add').set(bases[0])
          if (innerRow.strides[0] === 1 && innerRow.extent >= width) {
            pushIsStretch()
            f.if(() => runs(1, () => packAlongRows(f, type, locals, run, next)), anyRows)
          } else anyRows()
          f.advance(row, step).get(rows).get(step).op('i32.sub').set(rows)
        }
      )
    }
  )
