/** What can be compared: the kinds of golden files. */
import { checkCompositions } from './compositions.ts'
import { checkLayers } from './layers.ts'
import { checkMetrics } from './metrics.ts'
import { checkOptax } from './optax.ts'
import { checkPrograms } from './programs.ts'
import { checkRandom } from './random.ts'
import type { Outcome } from './report.ts'
import { checkTraining } from './training.ts'

export interface Kind {
  readonly check: (file: unknown) => readonly Outcome[]
  /** Whether the kind is repeated in every mode. */
  readonly modes: boolean
}

export const kinds: Readonly<Record<string, Kind>> = {
  compositions: { check: checkCompositions, modes: false },
  programs: { check: checkPrograms, modes: true },
  random: { check: checkRandom, modes: true },
  layers: { check: checkLayers, modes: true },
  optax: { check: checkOptax, modes: true },
  metrics: { check: checkMetrics, modes: true },
  training: { check: checkTraining, modes: true }
}
