/** Sums and products of half precision are formed in float32 and rounded once. */
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import { cast, stageResult } from '../../../kernel/make.ts'
import { rewriter } from '../../../kernel/walk.ts'
import type { ReducePass } from './pass.ts'

export const isHalf = (dtype: ScalarType): boolean => dtype === 'float16' || dtype === 'bfloat16'

export const widen = (pass: ReducePass): ReducePass => {
  const wide = pass.reductions.map(
    (r) => isHalf(r.value.dtype) && (r.monoid === 'add' || r.monoid === 'mul')
  )
  if (!wide.includes(true)) return pass
  const put = rewriter((e) =>
    e._tag === 'stage' && e.part === 'value' && wide[e.reduction] && isHalf(e.dtype)
      ? cast(stageResult('float32', 0, e.reduction), e.dtype)
      : e
  )
  return {
    ...pass,
    reductions: pass.reductions.map((r, i) =>
      wide[i] ? { ...r, value: cast(r.value, 'float32') } : r
    ),
    stores: pass.stores.map((s) => ({
      ...s,
      value: put(s.value),
      base: s.base === null ? null : put(s.base)
    }))
  }
}

/** The expression in float32 where it is in half precision. */
export const widened = (e: Expr): Expr => (isHalf(e.dtype) ? cast(e, 'float32') : e)
