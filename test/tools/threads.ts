/**
 * Tests run on one thread: files run side by side already. test/backend/cpu/threads.test.ts is the
 * one that asks for more.
 */
import { config } from '../../src/core/config.ts'

config({ threads: 1 })
