/** Fine-tuning: networks that are trained already, adapted by masks over their parameter trees. */
import '../install.ts'

export { complement, select, type Pattern } from './select.ts'
export { combine, partition, type Part } from './partition.ts'
export { describe, type DescribedLeaf, type Description } from './describe.ts'
