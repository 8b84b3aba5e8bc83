/**
 * Kernels that the CPU runs in the middle of a GPU program, as a program of one kernel. It has the
 * whole table of buffers, so that no number changes; buffers it does not touch cost nothing.
 */
import type { HostData } from '../../core/dtype.ts'
import { slotsOf } from '../../core/dtype.ts'
import { axisIndex } from '../../kernel/affine.ts'
import type { ScalarType } from '../../kernel/expr.ts'
import { partType } from '../../kernel/views.ts'
import type { Buffer, Kernel, Nest } from '../../kernel/ir.ts'
import { load } from '../../kernel/make.ts'
import { usesOf } from '../../kernel/uses.ts'
import type { Backend, Executable } from '../backend.ts'

export interface HostKernel {
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly run: (inputs: readonly HostData[]) => readonly HostData[]
}

const copy = (from: Buffer, to: Buffer): Nest => {
  const dtype: ScalarType = partType(from.dtype)
  const index = axisIndex(0)
  return {
    _tag: 'nest',
    axes: [from.size * slotsOf(from.dtype)],
    stages: [
      {
        _tag: 'map',
        extents: [],
        stores: [{ buffer: to.id, index, base: null, value: load(dtype, from.id, index) }]
      }
    ]
  }
}

/** Prepares the kernel; `exists` says which buffers have content when it runs. */
export const hostKernel = (
  kernel: Kernel,
  buffers: readonly Buffer[],
  exists: (buffer: number) => boolean,
  cpu: Backend
): HostKernel => {
  const { reads, writes } = usesOf(kernel)
  const isConstant = (b: number): boolean => buffers[b].data !== null
  const inputs = reads.filter((b) => !isConstant(b) && !writes.includes(b) && exists(b))
  // What is written in part, or updated, arrives in a buffer of its own and is copied first.
  const updated = writes.filter(exists)
  const table: Buffer[] = buffers.map((b) => ({
    ...b,
    role: inputs.includes(b.id)
      ? 'input'
      : isConstant(b.id)
        ? 'constant'
        : writes.includes(b.id)
          ? 'output'
          : 'temporary'
  }))
  const arrivals = updated.map((b) => {
    const id = table.length
    table.push({ ...buffers[b], id, role: 'input', data: null })
    return id
  })
  let executable: Executable | null = null
  const compile = (): Executable =>
    cpu.compile({
      buffers: table,
      kernels: [...updated.map((b, i) => copy(table[arrivals[i]], table[b])), kernel],
      inputs: [...inputs, ...arrivals],
      outputs: writes
    })
  return {
    inputs: [...inputs, ...updated],
    outputs: writes,
    run: (data) => (executable ??= compile()).run(data)
  }
}
