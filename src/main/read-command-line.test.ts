import { describe, expect, it } from 'vitest'
import { readCommandLine } from './read-command-line.ts'

const environment = { REMIT_DATA_DIR: '/var/lib/remit', REMIT_PORT: '7001' }

describe('the command line', () => {
  it('overrules the environment, and says nothing where it is silent', () => {
    const { config, renewLink } = readCommandLine(['serve'], environment)
    expect([config.dataDir, config.address.port, config.devTls, renewLink]).toEqual([
      '/var/lib/remit',
      7001,
      false,
      false,
    ])
    const said = readCommandLine(['--data-dir', '/srv', '--port', '7002', '--dev-tls', '--admin-link'], environment)
    expect([said.config.dataDir, said.config.address.port, said.config.devTls, said.renewLink]).toEqual([
      '/srv',
      7002,
      true,
      true,
    ])
  })

  it.each<[string, readonly string[], RegExp]>([
    ['an option that there is not', ['--prot', '7002'], /Unknown option '--prot'/],
    ['a word that there is not', ['serve', 'now'], /Unexpected argument 'now'/],
    ['a port that is none', ['--port', '70000'], /port/i],
    ['an option without its value', ['--data-dir'], /argument missing/],
  ])('is refused with %s', (_, argv, why) => {
    expect(() => readCommandLine(argv, environment)).toThrow(why)
  })
})
