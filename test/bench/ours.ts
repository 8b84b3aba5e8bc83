/** cotangent as a party of the bench: `node ours.js [THREADS]`. */
import { config } from 'cotangent'
import { serve } from './party.ts'
import { kernels } from './workloads/kernels.ts'
import { small } from './workloads/small.ts'
import { models } from './workloads/training.ts'

const threads = Number(process.argv[2] ?? 1)
config({ threads })
await serve({ ...kernels, ...models, ...small }, threads > 1)
