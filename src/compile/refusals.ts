/** What a backend has no kernel for: reference rules stand in, or nothing may. */
import type { Backend, Executable } from '../backend/backend.ts'
import { settings } from '../core/config.ts'
import { DeviceError } from '../core/errors.ts'
import type { Kernel, Program } from '../kernel/ir.ts'

/** A kernel that the backend refuses, and why. */
export interface Refusal {
  readonly kernel: string
  readonly reason: string
}

const inner = (k: Kernel): readonly Kernel[] => {
  switch (k._tag) {
    case 'loop':
      return [...k.condition, ...k.body].flatMap(inner)
    case 'branch':
      return k.branches.flat().flatMap(inner)
    default:
      return [k]
  }
}

/** What the machine refused. A machine that divides programs says itself what ran elsewhere. */
export const refusalsOf = (
  machine: Backend,
  program: Program,
  { report }: Executable
): readonly Refusal[] => {
  if (report.placements !== undefined)
    return report.placements.flatMap(({ backend, kind, reason }) =>
      backend === 'cpu' && reason !== null ? [{ kernel: kind, reason }] : []
    )
  return program.kernels.flatMap(inner).flatMap((k) => {
    const answer = machine.supports(k, program.buffers)
    if (answer._tag === 'Right') return []
    return [{ kernel: k._tag === 'library' ? k.name : k._tag, reason: answer.left }]
  })
}

/** Throws a DeviceError under `config({ fallback: 'error' })` when anything was refused. */
export const forbidRefusals = (machine: string, refusals: readonly Refusal[]): void => {
  if (refusals.length === 0 || settings().fallback !== 'error') return
  const [{ kernel, reason }] = refusals
  throw new DeviceError(kernel, {
    problem: 'there is no kernel, and a fallback is forbidden',
    got: `${kernel} on ${machine}: ${reason}`,
    expected: 'kernels for every operation',
    hint: "config({ fallback: 'reference' }) lets the reference rule stand in"
  })
}
