import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvironment } from '../../cli/environment.ts'
import { runCommandLine } from '../../cli/main.ts'
import { ROOT } from '../../tools/read-tree.ts'
import { type House, startHouse } from '../house.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import { PLATFORM_TOKENS } from '../issuer/platform-tokens.ts'
import { furnish } from './cast.ts'

const manual = readFileSync(join(ROOT, 'docs/identity.md'), 'utf8')
const run = promisify(execFile)

/** What a chapter of the manual tells its reader to write and to run. */
interface Recipe {
  readonly commands: readonly string[]
  readonly code: string
  readonly config: { readonly issuers: readonly { readonly issuer: string }[] }
}

const readCommands = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => /^ {4}remit (.*)$/.exec(line)?.[1] ?? [])

function readRecipe(title: string): Recipe {
  const start = manual.indexOf(`## ${title}\n`)
  const end = manual.indexOf('\n## ', start + 1)
  const chapter = start < 0 ? expect.unreachable(title) : manual.slice(start, end < 0 ? undefined : end)
  const block = (language: string): string => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(chapter)?.[1] ?? ''
  return {
    commands: readCommands(chapter),
    code: block('ts'),
    config: JSON.parse(block('json') || '{"issuers":[]}') as Recipe['config'],
  }
}

const beginning = readCommands(manual.slice(0, manual.indexOf('\n## ')))
const RECIPES = { kubernetes: 'Kubernetes', github: 'GitHub Actions', laptop: 'A laptop' } as const
const ending = readRecipe('What every agent ends with').code

let house: House
let folder: string
let cluster: Issuer
let forge: Issuer
let runner: Server
/** What else a job says of itself. */
let job: Readonly<Record<string, string>> = {}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-recipes-'))
  ;[cluster, forge] = await Promise.all([startIssuer({ algorithm: 'RS256' }), startIssuer({ algorithm: 'RS256' })])
  // the rows as the manual has them, at the addresses where the platforms are played
  const rows = [...readRecipe(RECIPES.kubernetes).config.issuers, ...readRecipe(RECIPES.github).config.issuers]
  const issuers = rows.map((row) => ({ ...row, issuer: playedAt(row.issuer), allowInsecureHttp: true }))
  house = await startHouse({ issuers })
  await furnish(house)
  mkdirSync(join(folder, 'hour'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  runner = await startRunner()
  const { ada, grace } = house.people
  await ada.client.people.rename(ada.id, { name: 'Ada' }).catch(() => undefined)
  for (const [who, person] of [
    ['ada', ada],
    ['grace', grace],
  ] as const) {
    const { link } = await ada.client.people.link(person.id)
    await remit(who, ['login', link, '--url', house.url])
  }
  const purpose = "purpose define read-news --title 'Read the news' --class read --ceiling internal"
  await remit('ada', splitWords(purpose))
})
afterAll(async () => {
  await house.end()
  await Promise.all([cluster.stop(), forge.stop(), new Promise((resolve) => runner.close(resolve))])
  rmSync(folder, { recursive: true, force: true })
})

const playedAt = (text: string): string =>
  text
    .replaceAll('https://cluster.example.org', cluster.url)
    .replaceAll('https://token.actions.githubusercontent.com', forge.url)

/** The endpoint at which a job of GitHub asks for its token. */
async function startRunner(): Promise<Server> {
  const { claims, header } = PLATFORM_TOKENS.github
  const server = createServer((request, response) => {
    const aud = new URL(request.url ?? '', 'http://x').searchParams.get('audience')
    const isJob = request.headers.authorization === 'Bearer of-the-job'
    const answer = (value: string): void => {
      response.writeHead(isJob ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify({ value }))
    }
    forge.mint({ ...claims, aud, ...job }, header).then(answer, () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function remit(who: string, words: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCommandLine(words, readEnvironment({ XDG_CONFIG_HOME: join(folder, who) }), {
    print: (text) => out.push(text),
    warn: (text) => err.push(text),
    paint: (_, text) => text,
    columns: 100,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** Words as a shell would part them, as far as the manual writes them. */
function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

/** Runs what the manual says for an identity of this name, and lets Grace say yes. */
async function follow(name: string, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const line = command.replaceAll('news-reader', name).replaceAll('hour/', `${folder}/hour/`)
    const words = splitWords(playedAt(line))
    // the one issuer of GitHub is played at an address of ours
    const said = await remit('ada', words.includes('github') ? [...words, '--issuer', forge.url] : words)
    expect([line, said.code, said.err]).toEqual([line, 0, ''])
    expect(said.out).not.toMatch(/Look at this|wide/)
    const approval = /apr_\w+/.exec(said.out)?.[0]
    if (approval !== undefined)
      expect(await remit('grace', ['approve', approval, '--reason', 'Known'])).toMatchObject({ code: 0 })
  }
}

/** Runs the agent of a recipe as a program of its own. */
async function runAgent(name: string, code: string, paths: Readonly<Record<string, string>>): Promise<string> {
  const places: Readonly<Record<string, string>> = {
    ...paths,
    'news-reader': name,
    'http://127.0.0.1:7461': house.url,
    "'../sdk/": `'${ROOT}/sdk/`,
    "'hour/": `'${folder}/hour/`,
  }
  const program = Object.entries(places).reduce((text, [from, to]) => text.replaceAll(from, to), `${code}\n${ending}`)
  const file = join(folder, 'hour', `${name}.ts`)
  writeFileSync(file, program)
  const address = runner.address() as AddressInfo
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${address.port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-job',
  }
  return (await run(process.execPath, [file], { env, timeout: 60_000 })).stdout
}

describe('the manual takes from nothing to a token', () => {
  it('in Kubernetes, also where the container starts again with the same token', async () => {
    const { commands, code } = readRecipe(RECIPES.kubernetes)
    await follow('pod-reader', [...beginning, ...commands])
    const { claims, header } = PLATFORM_TOKENS.kubernetes
    const token = join(folder, 'token')
    writeFileSync(token, await cluster.mint({ ...claims, aud: [house.url] }, header))
    const places = { '/var/run/secrets/remit/token': token, '/run/remit/': `${folder}/` }
    for (const _start of [1, 2]) expect(await runAgent('pod-reader', code, places)).toMatch(/^DPoP for .*\/mcp\/docs/)
    // somebody who read the file, and has another key
    const thief = runAgent('pod-thief', code, { ...places, '/run/remit/': `${folder}/hour/thief-` })
    await expect(thief).rejects.toThrow('assertion_reused')
  })

  it('in GitHub Actions, and in no job that is another one', async () => {
    const { commands, code } = readRecipe(RECIPES.github)
    await follow('job-reader', [...beginning, ...commands])
    expect(await runAgent('job-reader', code, {})).toMatch(/^DPoP for /)
    job = { repository_id: '75' }
    await expect(runAgent('job-reader', code, {})).rejects.toThrow(/identity_unknown: .* asks for: repository_id\./)
  })

  it('on a laptop', async () => {
    const { commands, code } = readRecipe(RECIPES.laptop)
    await follow('own-reader', [...beginning, ...commands])
    expect(await runAgent('own-reader', code, {})).toMatch(/^DPoP for /)
  })

  it('in at most fifteen lines each', () => {
    for (const title of Object.values(RECIPES)) {
      const { commands, code } = readRecipe(title)
      expect(commands.length).toBeGreaterThan(0)
      expect(code.trim().split('\n').length).toBeLessThanOrEqual(15)
    }
  })
})
