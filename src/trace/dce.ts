/** Dead code: what no result needs is dropped, inputs included; effects stay. */
import { hasEffects, type Atom, type Equation, type Jaxpr, type Var } from './jaxpr.ts'
import { flags, memoByJaxpr } from './memo.ts'

export interface DceResult {
  readonly jaxpr: Jaxpr
  readonly usedInputs: readonly boolean[]
}

const remember = memoByJaxpr<DceResult>()

/** The part of the program that the used results need. Unused results and inputs disappear. */
export const dceJaxpr = (
  jaxpr: Jaxpr,
  usedOutputs: readonly boolean[],
  keepInputs = false
): DceResult =>
  remember(jaxpr, `${flags(usedOutputs)}${keepInputs ? '+' : ''}`, () => {
    const live = new Set<Var>()
    const use = (a: Atom): void => {
      if (a._tag === 'var') live.add(a)
    }
    const outputs = jaxpr.outputs.filter((_, i) => usedOutputs[i])
    outputs.forEach(use)
    const kept: Equation[] = []
    for (let i = jaxpr.equations.length - 1; i >= 0; i--) {
      const e = jaxpr.equations[i]
      const used = e.outputs.map((v) => live.has(v))
      const effectful = hasEffects(e)
      if (!effectful && !used.includes(true)) continue
      const rule = e.primitive.dce
      if (rule !== undefined && used.includes(false)) {
        const smaller = rule(used, e.params)
        if (smaller === null) continue
        const inputs = e.inputs.filter((_, j) => smaller.usedInputs[j])
        const outputs = smaller.usedOutputs ?? used
        kept.push({
          ...e,
          inputs,
          outputs: e.outputs.filter((_, j) => outputs[j]),
          params: smaller.params
        })
        inputs.forEach(use)
        continue
      }
      kept.push(e)
      e.inputs.forEach(use)
    }
    const usedInputs = jaxpr.inputs.map((v) => keepInputs || live.has(v))
    return {
      jaxpr: {
        inputs: jaxpr.inputs.filter((_, i) => usedInputs[i]),
        equations: kept.reverse(),
        outputs
      },
      usedInputs
    }
  })
