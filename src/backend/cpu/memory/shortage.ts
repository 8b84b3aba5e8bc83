/** Which arrays of a program take most memory, and what makes them: for who has too little. */
import { MemoryError } from '../../../core/errors.ts'
import { showBytes } from '../../../core/show-bytes.ts'
import type { Expr } from '../../../kernel/expr.ts'
import type { Buffer, Kernel, Program } from '../../../kernel/ir.ts'
import { expressionsOf } from '../../../kernel/stage.ts'
import { usesOf, withBodies } from '../../../kernel/uses.ts'
import { nodes } from '../../../kernel/walk.ts'
import { bufferBytes } from './buffer-plan.ts'

const operationOf = (e: Expr): readonly string[] =>
  e._tag === 'unary' || e._tag === 'binary' ? [e.op] : e._tag === 'call' ? [e.name] : []

/** What a kernel does, in a few words. */
const describeKernel = (k: Kernel): string => {
  if (k._tag === 'library') return k.name
  if (k._tag !== 'nest') return k._tag
  const all = [...new Set(nodes(k.stages.flatMap(expressionsOf)).flatMap(operationOf))]
  const reductions = k.stages.flatMap((s) => (s._tag === 'reduce' ? s.reductions : []))
  const folds = [...new Set(reductions.map((r) => `reduction by ${r.monoid}`))]
  const words = [...all.slice(0, 4), ...folds]
  return words.length === 0 ? 'copy' : words.join(', ')
}

const isControl = (k: Kernel): boolean => k._tag === 'loop' || k._tag === 'branch'

/** Kernels are counted as `explain` does. */
const originOf = (program: Program, { id, role }: Buffer): string => {
  const input = program.inputs.indexOf(id)
  if (input >= 0) return `argument ${input}`
  if (role === 'constant') return 'a constant'
  const output = program.outputs.indexOf(id)
  const kernels = program.kernels.flatMap(withBodies)
  const maker = kernels.findIndex((k) => !isControl(k) && usesOf(k).writes.includes(id))
  const made = maker < 0 ? '' : ` of kernel ${maker} (${describeKernel(kernels[maker])})`
  return `${output >= 0 ? `result ${output}` : 'an intermediate value'}${made}`
}

const shown = 3

/** The error with the largest arrays of the program in its message. */
export const withLargest = (error: MemoryError, program: Program): MemoryError => {
  const bySize = [...program.buffers].sort((a, b) => bufferBytes(b) - bufferBytes(a))
  const largest = bySize
    .slice(0, shown)
    .filter((b) => 100 * bufferBytes(b) > bufferBytes(bySize[0])) // others do not matter
    .map((b) => ({
      name: `${b.dtype}[${b.size}], ${originOf(program, b)}`,
      bytes: bufferBytes(b)
    }))
  const list = largest.map((l) => `${showBytes(l.bytes)} ${l.name}`).join('; ')
  const { operation, problem, got, expected, hint, asked, available } = error
  return new MemoryError(
    operation,
    { problem, got: `${got}; the largest arrays are ${list}`, expected, hint },
    { asked, available, largest }
  )
}
