/** Products with four results a thread as gpu.js kernels. */
import { sizeOf } from '../../../core/shape.ts'
import { valueOf } from '../code.ts'
import type { FoursPass } from '../passes/pass.ts'
import { buffersRead } from '../../../kernel/walk.ts'
import { floatText } from './float-text.ts'
import {
  createSourceKernel,
  floatAxes,
  type SourceKernel,
  splitFloat,
  type Target
} from './kernel.ts'

const lanes = [0, 1, 2, 3]

export const foursKernel = (
  { space, along, extents, lhs, rhs, out }: FoursPass,
  target: Target
): SourceKernel => {
  const kernel = createSourceKernel([...buffersRead([lhs, rhs])], target)
  const fours = Math.ceil(space[along] / 4)
  const names = floatAxes(space)
  const others = space.map((d, a) => (a === along ? 1 : d))
  const lines = [...splitFloat('id', [...others, fours], [...names, 'four'])]
  const at = fours === 1 ? '0.0' : 'four * 4.0'
  // Beyond the last column the last one is computed again; nobody reads it.
  const isRagged = space[along] % 4 !== 0
  for (const i of lanes) {
    const position = `${at} + ${i}.0`
    const last = floatText(space[along] - 1)
    lines.push(
      `const c${i} = ${isRagged ? `(${position} > ${last} ? ${last} : ${position})` : position};`
    )
    lines.push(`let a${i} = 0.0;`)
  }
  const inside = floatAxes(extents, 'j')
  const body = [...splitFloat('r', extents, inside)]
  const codeOf = (column: string) =>
    kernel.code([...names.map((name, a) => (a === along ? column : name)), ...inside])
  const left = codeOf('c0')
  const factor = valueOf(left, lhs)
  body.push(...left.lines)
  for (const i of lanes) {
    const right = codeOf(`c${i}`)
    const value = valueOf(right, rhs)
    body.push(...right.lines, `a${i} = a${i} + ${factor} * ${value};`)
  }
  lines.push(
    `for (let n = 0; n < ${sizeOf(extents)}; n++) {`,
    '  const r = n * 1.0;',
    ...body.map((l) => `  ${l}`),
    '}',
    'return [a0, a1, a2, a3];'
  )
  return kernel.finish(lines, out, sizeOf([...others, fours]))
}
