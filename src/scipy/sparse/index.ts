/** Systems whose matrices are never written down. */
export * as linalg from './linalg.ts'
