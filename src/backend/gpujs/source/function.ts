/** Functions of gpu.js kernels as text. */

export interface SourceFunction {
  readonly parameters: readonly string[]
  /** Those of them that are words (words.ts); the others are floats. */
  readonly words?: readonly string[]
  /** A parameter that is a vector of four floats. */
  readonly fours?: string
  readonly returns?: 'word'
  readonly body: string
  /** The same in GLSL, for kernels that have integers. */
  readonly native?: string
}

export type SourceFunctions = Readonly<Record<string, SourceFunction>>
