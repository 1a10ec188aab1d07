import { createClient } from '../../sdk/client.ts'
import { isProblem } from '../../sdk/problem.ts'
import { tellChange } from '../changed.ts'
import { type Answer, CliError, type Command, type Context, type Input, usageError } from '../command.ts'
import { forgetSession, type KeptSession, keepSession, readSession } from '../session-file.ts'
import { writeTime } from '../terminal.ts'

const LINK = /rml_[A-Za-z0-9_-]+/

/** Signing in and out. */
export const SESSION_COMMANDS: readonly Command[] = [
  {
    name: 'login',
    sentence: 'Signs in with a one-time link and keeps the session, readable by you alone.',
    arguments: [{ name: 'link', sentence: 'The link or its secret (`rml_…`), as an administrator gave it to you.' }],
    options: [],
    run: login,
  },
  {
    name: 'logout',
    sentence: 'Ends the session and forgets it.',
    arguments: [],
    options: [],
    run: logout,
  },
  {
    name: 'link',
    sentence: 'Makes a one-time sign-in link for yourself, for your browser: good for 10 minutes, once.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const client = context.client()
      const made = await client.sessions.link()
      const next = `  Put it into the page that asks for it, such as ${client.baseUrl}/discovered: within 10 minutes, once.`
      return tellChange(made.link, made, [next])
    },
  },
  {
    name: 'whoami',
    sentence: 'Says who is signed in, where, and with which roles.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const client = context.client()
      const { person } = await client.sessions.me()
      const data = { url: client.baseUrl, person }
      return { data, lines: [`${person.name} (${person.roles.join(', ')}) at ${client.baseUrl}`] }
    },
  },
]

async function login(input: Input, context: Context): Promise<Answer> {
  const said = input.text('link')
  const secret = LINK.exec(said)?.[0]
  if (secret === undefined) throw usageError('This is not a sign-in link.', "A link's secret begins with rml_.")
  const baseUrl = /^https?:/.test(said) ? new URL(said).origin : context.client({ beAnonymous: true }).baseUrl
  const { session, person, expiresMs, entry } = await createClient({ baseUrl }).sessions.open(secret)
  keepSession(context.environment.sessionFile, { url: baseUrl, session, name: person.name, expiresMs })
  return {
    data: { url: baseUrl, person, expiresMs, entry, keptIn: context.environment.sessionFile },
    lines: [
      `Signed in at ${baseUrl} as ${person.name} (${person.roles.join(', ')}) until ${writeTime(expiresMs)}.  #${entry}`,
      ...tellInPlace(context.environment, baseUrl),
    ],
  }
}

/** What of the environment later commands go by in place of this sign-in, as whoever followed the demo has it set. */
function tellInPlace({ url, session }: Context['environment'], baseUrl: string): readonly string[] {
  const leadsElsewhere = url !== undefined && url.replace(/\/+$/, '') !== baseUrl
  const names = [...(leadsElsewhere ? ['REMIT_URL'] : []), ...(session === undefined ? [] : ['REMIT_SESSION'])]
  if (names.length === 0) return []
  const [are, count, them] = names.length > 1 ? ['are', 'count', 'them'] : ['is', 'counts', 'it']
  return [`  ${names.join(' and ')} ${are} set, and ${count} in place of this until you unset ${them}.`]
}

async function logout(_input: Input, context: Context): Promise<Answer> {
  const { sessionFile, session: set } = context.environment
  const isStillSet = set === undefined ? [] : ['  REMIT_SESSION is set, and counts on until you unset it.']
  const kept = readToForget(sessionFile)
  // Forgotten first: whatever the server says, this machine no longer holds the secret.
  forgetSession(sessionFile)
  if (kept === undefined) return { data: { signedOut: false }, lines: ['Nobody was signed in.', ...isStillSet] }
  if (kept === 'damaged') {
    const sentence = `The session file ${sessionFile} was damaged, and is gone; the session in it ends at its time.`
    return { data: { signedOut: false, damaged: true }, lines: [sentence, ...isStillSet] }
  }
  const entry = await endSession(kept)
  const sentence =
    entry === null
      ? `Signed out of ${kept.url}; the session had ended already.`
      : `Signed out of ${kept.url}.  #${entry}`
  return { data: { signedOut: true, entry }, lines: [sentence, ...isStillSet] }
}

/** A file that nobody can read is forgotten like any other: else there would be no way out of it. */
function readToForget(sessionFile: string): KeptSession | 'damaged' | undefined {
  try {
    return readSession(sessionFile)
  } catch (error) {
    if (error instanceof CliError && error.code === 'session_unreadable') return 'damaged'
    throw error
  }
}

/** Gives the entry that tells of the end; null where the session had ended before. */
async function endSession({ url, session }: KeptSession): Promise<number | null> {
  try {
    return (await createClient({ baseUrl: url, session }).sessions.end()).entry
  } catch (error) {
    if (isProblem(error, 'session_invalid')) return null
    throw error
  }
}
