/** A thread per point: values first, then all stores. */
import { sizeOf } from '../../../core/shape.ts'
import type { Buffer, Store } from '../../../kernel/ir.ts'
import { type Code, indexText, valueOf } from '../code.ts'
import { collapse } from '../passes/collapse.ts'
import type { MapPass } from '../passes/pass.ts'
import { mapInFours } from './map-in-fours.ts'
import {
  axisNames, createShader, groupIndex, groupsFor, groupSize, type Shader, type ShaderBuilder, splitPosition, storeText
} from './shader.ts' // prettier-ignore

/** Computes all values, then stores them. */
export const emitStores = (
  builder: ShaderBuilder,
  code: Code<string>,
  stores: readonly Store[]
): void => {
  const ready = stores.map((s) => ({
    value: valueOf(code, s.value),
    base: s.base === null ? null : valueOf(code, s.base)
  }))
  stores.forEach((s, i) => {
    const { value, base } = ready[i]
    const fixed = indexText(s.index, code.axes)
    const index = base === null ? fixed : fixed === '0' ? base : `${fixed} + ${base}`
    code.lines.push(storeText(builder, s.buffer, index, value))
  })
}

export const mapShader = (given: MapPass, buffers: readonly Buffer[]): Shader => {
  const pass = collapse(given)
  const wide = mapInFours(pass, buffers)
  if (wide !== null) return wide
  const builder = createShader(pass, buffers)
  const count = sizeOf(pass.space)
  const groups = groupsFor(Math.ceil(count / groupSize))
  const names = axisNames(pass.space)
  const code = builder.code(names)
  emitStores(builder, code, pass.stores)
  return builder.finish(
    [
      `let id = ${groupIndex(groups)} * ${groupSize} + i32(local.x);`,
      `if (id >= ${count}) { return; }`,
      ...splitPosition('id', pass.space, names),
      ...code.lines
    ],
    groups
  )
}
