/** Adapters by the name of the module of torch.nn. */
import type { Adapters } from './adapter.ts'
import { linearAdapters } from './linear.ts'

export const adapters: Adapters = { ...linearAdapters }
