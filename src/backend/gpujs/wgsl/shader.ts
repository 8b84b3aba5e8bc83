/** Shaders: text, the buffers that they bind, and how many groups of threads they want. */
import type { DType } from '../../../core/dtype.ts'
import { codeIn, type Language, type StartCode } from '../code.ts'
import type { Pass, PassBuffer } from '../passes/pass.ts'
import { usesOfPass } from '../passes/step.ts'
import { wgsl, storageOf } from './language.ts'
import { createLibrary, type Library } from './library.ts'

export interface Shader {
  readonly code: string
  /** Buffers in the order of their bindings. */
  readonly bindings: readonly number[]
  /** Which of them are bound for writing. */
  readonly written: readonly boolean[]
  readonly groups: readonly [x: number, y: number, z: number]
}

/** Threads of a group, for all but products. */
export const groupSize = 256
/** Groups along one dimension of a launch. */
const maxGroups = 65535

/** So many groups, folded into rows of about equal length where one dimension is too short. */
export const groupsFor = (count: number): readonly [number, number, number] => {
  const rows = Math.ceil(count / maxGroups)
  return rows <= 1 ? [Math.max(1, count), 1, 1] : [Math.ceil(count / rows), rows, 1]
}

/** The number of the group, whatever way the launch was folded. */
export const groupIndex = (groups: readonly [number, number, number]): string =>
  groups[1] === 1 ? 'i32(group.x)' : `i32(group.y * ${groups[0]}u + group.x)`

export interface ShaderBuilder {
  readonly language: Language<string>
  readonly library: Library
  readonly name: (buffer: number) => string
  /** The element at the index. */
  readonly element: (buffer: number, index: string) => string
  readonly dtype: (buffer: number) => DType
  readonly code: StartCode<string>
  /** Declarations at the top of the module. */
  readonly declare: (text: string) => void
  readonly finish: (
    main: readonly string[],
    groups: Shader['groups'],
    threads?: readonly [number, number]
  ) => Shader
}

/** How buffers are bound that are not bound as plain elements. */
export interface Bound {
  /** The buffer whose elements are updated atomically. */
  readonly atomic?: number
  /** Buffers bound as vectors of four elements. */
  readonly fours?: ReadonlySet<number>
}

export const createShader = (
  pass: Pass,
  buffers: readonly PassBuffer[],
  { atomic, fours = new Set() }: Bound = {}
): ShaderBuilder => {
  const { reads, writes } = usesOfPass(pass)
  // A launch may use a buffer for reading or for writing: that holds for a whole pack.
  const packs = new Set(writes.flatMap((b) => buffers[b].pack ?? []))
  const isWritten = (b: number): boolean => {
    const { pack } = buffers[b]
    return writes.includes(b) || (pack !== undefined && packs.has(pack))
  }
  const bindings = [...new Set([...reads, ...writes])]
  const names = new Map(bindings.map((b, i) => [b, `b${i}`]))
  const name = (buffer: number): string => names.get(buffer) as string // every buffer of the pass is bound
  const library = createLibrary()
  const element = (buffer: number, index: string): string =>
    fours.has(buffer)
      ? `${name(buffer)}[(${index}) >> 2u][(${index}) & 3]`
      : `${name(buffer)}[${index}]`
  const language = wgsl(element, library)
  const declarations: string[] = []
  const binding = (b: number, i: number): string => {
    const word = storageOf(buffers[b].dtype)
    const type = b === atomic ? 'atomic<u32>' : fours.has(b) ? `vec4<${word}>` : word
    const access = isWritten(b) ? 'read_write' : 'read'
    return `@group(0) @binding(${i}) var<storage, ${access}> b${i}: array<${type}>;`
  }
  return {
    language,
    library,
    name,
    element,
    dtype: (b) => buffers[b].dtype,
    code: codeIn(language),
    declare: (text) => void declarations.push(text),
    finish: (main, groups, [x, y] = [groupSize, 1]) => ({
      bindings,
      written: bindings.map(isWritten),
      groups,
      code: [
        ...bindings.map(binding),
        ...declarations,
        library.text(),
        `@compute @workgroup_size(${x}, ${y})`,
        'fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {',
        ...main.map((l) => `  ${l}`),
        '}'
      ]
        .filter((l) => l !== '')
        .join('\n')
    })
  }
}

/** Statements that split the flat position `from` into the positions on the axes. */
export const splitPosition = (
  from: string,
  extents: readonly number[],
  names: readonly string[]
): readonly string[] => {
  const lines: string[] = []
  let rest = from
  for (let a = extents.length - 1; a >= 0; a--) {
    if (extents[a] === 1) {
      continue
    }
    if (extents.slice(0, a).every((n) => n === 1)) {
      lines.push(`let ${names[a]} = ${rest};`)
      return lines
    }
    lines.push(`let ${names[a]} = ${rest} % ${extents[a]};`)
    lines.push(`let ${names[a]}r = ${rest} / ${extents[a]};`)
    rest = `${names[a]}r`
  }
  return lines
}

/** Names of axes; those of extent 1 stay at 0 and need none. */
export const axisNames = (extents: readonly number[], prefix = 'i'): readonly string[] =>
  extents.map((n, a) => (n === 1 ? '0' : `${prefix}${a}`))

/** A value as the word that a buffer holds. */
export const wordText = (builder: ShaderBuilder, buffer: number, value: string): string =>
  builder.dtype(buffer) === 'bool' ? `select(0u, 1u, ${value})` : value

/** The statement that stores a value. */
export const storeText = (
  builder: ShaderBuilder,
  buffer: number,
  index: string,
  value: string
): string => `${builder.element(buffer, index)} = ${wordText(builder, buffer, value)};`
