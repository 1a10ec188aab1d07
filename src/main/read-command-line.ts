import { parseArgs } from 'node:util'
import { type Config, checkConfig, readConfig } from '../config.ts'

/** What the command line asks for. */
export interface Asked {
  readonly config: Config
  /** Make a new sign-in link for an administrator, who is locked out. */
  readonly renewLink: boolean
}

/** Reads `serve [--config FILE] [--data-dir DIR] [--port N] [--dev-tls] [--admin-link] [--json]`; what it says overrules the environment. */
export function readCommandLine(argv: readonly string[], environment: NodeJS.ProcessEnv): Asked {
  const { values } = parseArgs({
    args: argv[0] === 'serve' ? argv.slice(1) : [...argv],
    options: {
      config: { type: 'string' },
      'data-dir': { type: 'string' },
      port: { type: 'string' },
      'dev-tls': { type: 'boolean' },
      'admin-link': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  })
  const overruled = {
    ...environment,
    ...(values['data-dir'] === undefined ? {} : { REMIT_DATA_DIR: values['data-dir'] }),
    ...(values.port === undefined ? {} : { REMIT_PORT: values.port }),
  }
  const read = readConfig(values.config, overruled)
  return {
    config: values['dev-tls'] === true ? checkConfig({ ...read, devTls: true }, '.') : read,
    renewLink: values['admin-link'] === true,
  }
}
