/** A GPU as a backend: programs are legalized, and run by an executable. */
import type { Resident } from '../../core/array.ts'
import type { HostData } from '../../core/dtype.ts'
import type { Program } from '../../kernel/ir.ts'
import type { Backend, Executable } from '../backend.ts'
import { type Cells, createCells } from './cells.ts'
import { createGpuExecutable } from './executable.ts'
import type { Layout, Machine } from './machine.ts'
import { legalize } from './passes/legalize.ts'
import { placements } from './placement.ts'

export interface GpuBackendOptions {
  readonly machine: Machine
  /** Runs what the GPU cannot. */
  readonly cpu: Backend
}

export interface GpuBackend extends Backend {
  readonly machine: Machine
  readonly cells: Cells
  /** The values on this device. */
  readonly put: (layout: Layout, data: HostData) => Resident
}

export const createGpuBackend = ({ machine, cpu }: GpuBackendOptions): GpuBackend => {
  const cells = createCells(machine)

  const compile = (program: Program): Executable => {
    const started = performance.now()
    const legal = legalize(program, machine.abilities)
    const where = placements(program, machine.name, machine.abilities)
    const executable = createGpuExecutable(program, legal, { machine, cells, cpu })
    const compileMilliseconds = performance.now() - started
    const host = where.filter((p) => p.backend === 'cpu').length
    const bytes = legal.buffers.reduce((n, b) => n + (b.parts === undefined ? b.size * 4 : 0), 0)
    return {
      call: executable.call,
      run: (inputs) => executable.call(inputs).map((v): HostData => ('_tag' in v ? v.host() : v)),
      report: {
        backend: machine.name,
        peakBytes: bytes,
        get codeBytes() {
          return executable.codeBytes()
        },
        compiled: where.length - host,
        host,
        compileMilliseconds,
        placements: where,
        adapter: machine.adapter
      }
    }
  }

  return {
    name: machine.name,
    supports: machine.abilities.supports,
    compile,
    machine,
    cells,
    put: (layout, data) => {
      const cell = cells.create(layout)
      if (machine.abilities.isHostOnly(layout.dtype)) cell.host = data
      else cell.memory = machine.write(layout, data)
      return cells.publish(cell)
    }
  }
}
