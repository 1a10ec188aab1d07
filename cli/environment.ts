import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the command line takes from the environment. */
export interface Environment {
  /** `REMIT_URL`: which server to speak to. */
  readonly url: string | undefined
  /** `REMIT_SESSION`: secret of a session, in place of the one that `remit login` keeps. */
  readonly session: string | undefined
  /** Where `remit login` keeps the session. */
  readonly sessionFile: string
  /** Whether `NO_COLOR` (no-color.org) asks for plain text. */
  readonly isPlain: boolean
}

/** Reads the environment. An empty variable counts as one that is not set. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const read = (name: string): string | undefined => variables[name] || undefined
  return {
    url: read('REMIT_URL'),
    session: read('REMIT_SESSION'),
    sessionFile: join(read('XDG_CONFIG_HOME') ?? join(read('HOME') ?? homedir(), '.config'), 'remit', 'session.json'),
    isPlain: read('NO_COLOR') !== undefined || read('TERM') === 'dumb',
  }
}

/** Gives the environment for the server: ours, which may hold its settings, without the session of the command line. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { REMIT_SESSION: _session, REMIT_URL: _url, ...rest } = process.env
  return rest
}

/** Gives the environment of a child that must start from what it is given and from no setting of ours. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('REMIT_')))
}
