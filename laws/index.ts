/**
 * The equations that this library obeys, as fast-check properties, and what they are tried on: for
 * those who write primitives, optimizers, formats and samplers of their own. Each law says in its
 * comment when it calls two things equal.
 *
 * @packageDocumentation
 */
import '../src/install.ts'

export * as arbitraries from './arbitraries.ts'
export * as batch from './batch.ts'
export * as codec from './codec.ts'
export * as commute from './commute.ts'
export * as compile from './compile.ts'
export * as derivative from './derivative.ts'
export * as finetune from './finetune.ts'
export * as layer from './layer.ts'
export * as linear from './linear.ts'
export * as metric from './metric.ts'
export * as monoid from './monoid.ts'
export * as optimizer from './optimizer.ts'
export * as random from './random.ts'
export * as semilattice from './semilattice.ts'
export * as tree from './tree.ts'
export { LawError, exact, requireEqual, rounding, within, type Equality } from './comparison.ts'
export type { CodecSubject } from './codec.ts'
export type { Adapted } from './finetune.ts'
export type { LayerSubject } from './layer.ts'
export type { LinearMap } from './linear.ts'
export type { MetricSubject } from './metric.ts'
export type { MonoidSubject } from './monoid.ts'
export type { OptimizerSubject } from './optimizer.ts'
export type { Sampler } from './random.ts'
export type { SemilatticeSubject } from './semilattice.ts'
export type { ArrayFunction, Subject } from './subject.ts'
