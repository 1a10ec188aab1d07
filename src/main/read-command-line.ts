import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Config, checkConfig, readConfig } from '../config.ts'

/** What the command line asks for. */
export interface Asked {
  readonly config: Config
  /** Where the configuration was read; undefined where the environment says it all. */
  readonly configFile: string | undefined
  /** Make a new sign-in link for an administrator, who is locked out. */
  readonly renewLink: boolean
  /** Wrap the master key that lies here in clear, in place of serving; undefined where it is to serve. */
  readonly wrapKey: { readonly from: string | undefined } | undefined
}

/**
 * Reads `serve [--config FILE] [--data-dir DIR] [--port N] [--dev-tls] [--admin-link] [--json]`, or `wrap-key [--config FILE]
 * [--data-dir DIR] [--from FILE] [--json]`; what it says overrules the environment.
 */
export function readCommandLine(argv: readonly string[], environment: NodeJS.ProcessEnv): Asked {
  const { values } = parseArgs({
    args: ['serve', 'wrap-key'].includes(argv[0] ?? '') ? argv.slice(1) : [...argv],
    options: {
      config: { type: 'string' },
      'data-dir': { type: 'string' },
      port: { type: 'string' },
      'dev-tls': { type: 'boolean' },
      'admin-link': { type: 'boolean' },
      from: { type: 'string' },
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
    configFile: values.config,
    renewLink: values['admin-link'] === true,
    wrapKey:
      argv[0] === 'wrap-key' ? { from: values.from === undefined ? undefined : resolve(values.from) } : undefined,
  }
}
