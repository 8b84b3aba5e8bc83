/** PyTorch's losses as ours: adapters by the name of the module. */
import type { Adapters } from './layers/adapter.ts'

export const losses: Adapters = {}
