/** Random programs on a device and on the CPU. */
import { jit, type NdArray } from 'cotangent'
import { randomProgram, type RandomProgram } from './random-programs/program.ts'

/** The first element that is further from the CPU's than the bound, in words; or null. */
const difference = (
  here: NdArray,
  there: NdArray,
  bound: number,
  values: ArrayLike<number>
): string | null => {
  const expected = there.toTypedArray()
  if (here.dtype !== there.dtype || here.shape.join() !== there.shape.join())
    return `${here.dtype}[${here.shape.join()}], not ${there.dtype}[${there.shape.join()}]`
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [values[i], expected[i]]
    if (Object.is(a, b) || Math.abs(a - b) <= bound + 1e-37) continue
    return `element ${i} of ${there.dtype}[${there.shape.join()}] is ${a}, not ${b} (within ${bound})`
  }
  return null
}

/** A program in words. */
export const showProgram = ({ inputs, steps, outputs }: RandomProgram): string =>
  [
    ...inputs.map((x, i) => `%${i} = ${x.dtype}[${x.shape.join()}]`),
    ...steps.map(
      ({ name, args }, i) => `%${inputs.length + i} = ${name} ${args.map((a) => `%${a}`).join(' ')}`
    ),
    `return ${outputs.map((o) => `%${o}`).join(' ')}`
  ].join('\n  ')

/** What went wrong with the program of the seed on the device, or null. */
export const failureOf = async (device: string, seed: number): Promise<string | null> => {
  const program = randomProgram(seed)
  const { f, inputs, outputs, bounds } = program
  const there = jit(f, { device: 'cpu' })(...inputs)
  try {
    const here = jit(f, { device })(...inputs)
    for (let i = 0; i < outputs.length; i++) {
      const values = await here[i].data()
      const why = difference(here[i], there[i], bounds[i], values)
      if (why !== null) return `seed ${seed}, %${outputs[i]}: ${why}\n  ${showProgram(program)}`
    }
    return null
  } catch (error) {
    return `seed ${seed}: ${String(error)}\n  ${showProgram(program)}`
  }
}
