/**
 * Elementary functions of one number, compiled: what plain loops call under
 * `config({ deterministic: true })`, so that their bits are those of a lane of the kernels.
 */
import type { OwnFunction, OwnType } from '../../../core/scalar/math.ts'
import {
  elementaryBinary,
  elementaryUnary,
  isElementaryBinary,
  isElementaryUnary
} from '../values/elementary.ts'
import { laneMath, type Lanes } from '../values/elementary/lanes.ts'
import { compileModule, detectProfile } from './engine.ts'
import { VECTOR } from '../values/vector.ts'
import { createModule } from '../wasm/module.ts'
import { wasm } from '../wasm/runtime.ts'

const compile = (name: string, type: OwnType): OwnFunction | undefined => {
  const arity = isElementaryUnary(name) ? 1 : isElementaryBinary(name) ? 2 : 0
  if (arity === 0) return undefined
  const profile = detectProfile({ deterministic: true })
  const module = createModule({ initial: 0 })
  const { scalar } = VECTOR[type]
  const signature = { params: Array<typeof scalar>(arity).fill(scalar), results: [scalar] }
  const run = module.define(signature, (f, ...operands) => {
    const m = laneMath({ f, module, profile }, type)
    const lanes = operands.map((x): Lanes => {
      const v = f.local('v128')
      f.get(x).op(`${m.type.shape}.splat`).set(v)
      return [v]
    })
    const [result] = isElementaryUnary(name)
      ? elementaryUnary(m, name, lanes[0])
      : isElementaryBinary(name)
        ? elementaryBinary(m, name, lanes[0], lanes[1])
        : lanes[0]
    f.get(result).lane(`${m.type.shape}.extract_lane`, 0)
  })
  module.export('run', run)
  const { exports } = new wasm.Instance(compileModule(module.build(), profile), {
    env: { memory: new wasm.Memory({ initial: 0 }) }
  })
  return exports.run as OwnFunction // it takes as many numbers as the function has operands
}

const compiled = new Map<string, OwnFunction | undefined>()

/** The function, compiled when it is first asked for. */
export const ownFunctionOf = (name: string, type: OwnType): OwnFunction | undefined => {
  const key = `${name} ${type}`
  if (compiled.has(key)) return compiled.get(key)
  const made = compile(name, type)
  compiled.set(key, made)
  return made
}
