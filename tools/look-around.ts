/** What there is one of for a whole process, as it stands: what a test file leaves changed would reach those after it. */
export function lookAround(): Readonly<Record<string, unknown>> {
  return {
    environment: { ...process.env },
    folder: process.cwd(),
    mask: process.umask(),
    exitCode: process.exitCode,
    // a library that is loaded for the first time leaves its own behind, by a name such as this
    globals: Object.getOwnPropertyNames(globalThis)
      .filter((name) => !name.startsWith('__'))
      .sort(),
    replaceable: [
      fetch,
      Date,
      Date.now,
      Math.random,
      setTimeout,
      process.stdout.write,
      process.stderr.write,
      process.emit,
    ],
    listeners: Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)])),
  }
}
