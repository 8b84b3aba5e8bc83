/** gpu.js kernels under construction, and how an element of an output finds its point. */
import { sizeOf } from '../../../core/shape.ts'
import { coefficient } from '../../../kernel/affine.ts'
import { slotsOf } from '../../../core/dtype.ts'
import type { Store } from '../../../kernel/ir.ts'
import type { PassBuffer } from '../passes/pass.ts'
import { codeIn, type Language, type StartCode } from '../code.ts'
import { type KernelFunction, sourceFunctions } from './functions.ts'
import { floatText } from './float-text.ts'
import { gpuJsLanguage } from './language.ts'
import { isWord } from './word-language.ts'

export interface SourceKernel {
  readonly source: string
  readonly functions: readonly KernelFunction[]
  /** Buffers in the order of the parameters; after them comes infinity. */
  readonly parameters: readonly number[]
  /** How gpu.js stores an element of each of them. */
  readonly elements: readonly ElementType[]
  /** Elements of each of them: gpu.js writes the size of a texture into the shader. */
  readonly lengths: readonly number[]
  readonly output: number
  /** Elements of the output. */
  readonly size: number
}

/** The type of an element in memory. */
export type ElementType = 'Number' | 'Array(2)' | 'Array(4)'

export const elementOf = ({ dtype, isFours }: PassBuffer): ElementType =>
  isFours === true ? 'Array(4)' : isWord(dtype) ? 'Array(2)' : 'Number'

/** What kernels are rendered for. */
export interface Target {
  readonly buffers: readonly PassBuffer[]
  /** Whether the shading language has integers. */
  readonly hasIntegers: boolean
}

export interface KernelBuilder {
  readonly language: Language<string>
  readonly name: (buffer: number) => string
  readonly code: StartCode<string>
  readonly finish: (lines: readonly string[], output: number, size: number) => SourceKernel
}

/**
 * gpu.js writes functions in the reverse order of their first call in the kernel, with callees left
 * behind where a caller comes later. Calls that never run, callers first, before all others make
 * that order one in which all are declared.
 */
const zeros = { Number: 'id', 'Array(2)': '[id, id]', 'Array(4)': '[id, id, id, id]' } as const

const callOrder = (needed: readonly KernelFunction[]): readonly string[] => {
  if (needed.length < 2) return []
  const calls = [...needed].reverse().map(({ name, argumentTypes }, i) => {
    const values = Object.values(argumentTypes).map((t) => zeros[t])
    return `  const z${i} = ${name}(${values.join(', ')});`
  })
  return ['if (id < -0.5) {', ...calls, '}']
}

export const createSourceKernel = (
  parameters: readonly number[],
  { buffers, hasIntegers }: Target
): KernelBuilder => {
  const names = new Map(parameters.map((b, i) => [b, `b${i}`]))
  const name = (b: number): string => names.get(b) as string // every buffer read is a parameter
  const functions = new Set<string>()
  const language = gpuJsLanguage(name, functions, {
    hasIntegers,
    isFours: (b) => buffers[b].isFours === true
  })
  return {
    language,
    name,
    code: codeIn(language),
    finish: (lines, output, size) => {
      const needed = sourceFunctions(functions, hasIntegers)
      return {
        source: [
          `function(${[...parameters.map(name), 'inf'].join(', ')}) {`,
          '  const id = this.thread.x * 1.0;',
          ...[...callOrder(needed), ...lines].map((l) => `  ${l}`),
          '}'
        ].join('\n'),
        functions: needed,
        parameters,
        elements: parameters.map((b) => elementOf(buffers[b])),
        lengths: parameters.map((b) => buffers[b].size * slotsOf(buffers[b].dtype)),
        output,
        size
      }
    }
  }
}

/** Below this a half can be added to a whole float exactly. */
const halvesEnd = 2 ** 23

/** Whole-number quotient of a float below `end`, which is at most 2^24. */
export const quotientText = (x: string, y: number, end: number): string => {
  if (y === 1) return end > halvesEnd ? x : `Math.floor(${x} + 0.5)`
  const quotient = `Math.floor((${x} + 0.5) / ${floatText(y)})`
  if (end <= halvesEnd) return quotient
  // The half may have been rounded up to a whole.
  return `(${quotient} - (${quotient} * ${floatText(y)} > ${x} ? 1.0 : 0.0))`
}

/** Statements that split the flat position into positions on the axes, as floats. */
export const splitFloat = (
  from: string,
  extents: readonly number[],
  names: readonly string[]
): readonly string[] => {
  const lines: string[] = []
  let rest = from
  extents.forEach((n, a) => {
    if (n === 1) return
    const stride = sizeOf(extents.slice(a + 1))
    if (stride === 1) {
      lines.push(`const ${names[a]} = ${rest};`)
      return
    }
    lines.push(`const ${names[a]} = ${quotientText(rest, stride, sizeOf(extents))};`)
    lines.push(`const ${names[a]}r = ${rest} - ${names[a]} * ${floatText(stride)};`)
    rest = `${names[a]}r`
  })
  return lines
}

export const floatAxes = (extents: readonly number[], prefix = 'i'): readonly string[] =>
  extents.map((n, a) => (n === 1 ? '0' : `${prefix}${a}`))

/** How an element of a buffer tells the point that stores there. */
export interface Inverse {
  readonly lines: readonly string[]
  /** Holds where some point stores; null when one does everywhere. */
  readonly inside: string | null
}

/** Solves store.index + base = id for the point. Null when two points may store to one place. */
export const invert = (
  { index }: Pick<Store, 'index'>,
  base: string | null,
  space: readonly number[],
  size: number,
  names: readonly string[]
): Inverse | null => {
  const moving = space
    .map((n, axis) => ({ axis, n, stride: coefficient(index, axis) }))
    .filter(({ n }) => n > 1)
    .sort((a, b) => Math.abs(b.stride) - Math.abs(a.stride))
  let reach = 0
  let lowest = index.offset
  for (const { n, stride } of [...moving].reverse()) {
    if (Math.abs(stride) <= reach) return null
    reach += Math.abs(stride) * (n - 1)
    if (stride < 0) lowest += stride * (n - 1)
  }
  const whole = base === null && lowest === 0 && sizeOf(space) === size && reach === size - 1
  const start = [
    ...(lowest === 0 && base !== null ? [] : [floatText(lowest)]),
    ...(base === null ? [] : [base])
  ]
  const lines = [whole ? 'const f0 = id;' : `const f0 = id - (${start.join(' + ')});`]
  const inside = ['f0 >= 0.0']
  let rest = 'f0'
  moving.forEach(({ axis, n, stride }, i) => {
    const step = Math.abs(stride)
    const at = stride < 0 ? `g${axis}` : names[axis]
    lines.push(`const ${at} = ${step === 1 ? rest : quotientText(rest, step, size)};`)
    if (stride < 0) lines.push(`const ${names[axis]} = ${floatText(n - 1)} - ${at};`)
    inside.push(`${at} < ${floatText(n)}`)
    lines.push(`const f${i + 1} = ${rest} - ${at} * ${floatText(step)};`)
    rest = `f${i + 1}`
  })
  inside.push(`${rest} < 0.5`)
  return { lines, inside: whole ? null : inside.join(' && ') }
}
