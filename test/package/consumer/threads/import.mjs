await import('./threads.js')
console.log(JSON.stringify(globalThis.result))
