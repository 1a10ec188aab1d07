import type { Command } from './command.ts'
import { ACCESS_COMMAND } from './commands/access.ts'
import { ACCESS_PATH_COMMAND } from './commands/access-path.ts'
import { APPROVAL_COMMANDS } from './commands/approval.ts'
import { CATALOGUE_COMMANDS } from './commands/catalogue.ts'
import { CLIENT_COMMANDS } from './commands/client.ts'
import { CUTOFF_COMMANDS } from './commands/cutoff.ts'
import { DELEGATION_COMMANDS } from './commands/delegation.ts'
import { DEMO_COMMAND } from './commands/demo.ts'
import { DOCTOR_COMMAND } from './commands/doctor.ts'
import { EVIDENCE_COMMAND } from './commands/evidence.ts'
import { IDENTITY_COMMANDS } from './commands/identity.ts'
import { ISSUER_COMMANDS } from './commands/issuer.ts'
import { KEY_COMMANDS } from './commands/key.ts'
import { LIMIT_COMMANDS } from './commands/limit.ts'
import { LOG_COMMANDS } from './commands/log.ts'
import { NARROW_COMMAND } from './commands/narrow.ts'
import { PERSON_COMMANDS } from './commands/person.ts'
import { LOGIN_COMMANDS } from './commands/person-logins.ts'
import { RIGHT_COMMANDS } from './commands/person-rights.ts'
import { POLICY_COMMANDS } from './commands/policy.ts'
import { POLICY_COVERAGE_COMMAND } from './commands/policy-coverage.ts'
import { POLICY_PUBLISH_COMMANDS } from './commands/policy-publish.ts'
import { POLICY_REPLAY_COMMANDS } from './commands/policy-replay.ts'
import { SERVE_COMMAND } from './commands/serve.ts'
import { SESSION_COMMANDS } from './commands/session.ts'
import { SVID_SERVE_COMMAND } from './commands/svid.ts'
import { TASK_COMMANDS } from './commands/task.ts'
import { TASK_OPEN_COMMAND } from './commands/task-open.ts'
import { TOOL_SHOW_COMMAND } from './commands/tool.ts'
import { USED_COMMAND } from './commands/used.ts'
import { VERIFY_COMMAND } from './commands/verify.ts'

/** Every command of `remit`, in the order of the manual. The help and docs/cli.md are written from this table. */
export const COMMANDS: readonly Command[] = [
  SERVE_COMMAND,
  DEMO_COMMAND,
  ...SESSION_COMMANDS,
  ...PERSON_COMMANDS,
  ...LOGIN_COMMANDS,
  ...RIGHT_COMMANDS,
  ...CATALOGUE_COMMANDS,
  TOOL_SHOW_COMMAND,
  ...LIMIT_COMMANDS,
  ...IDENTITY_COMMANDS,
  ...CLIENT_COMMANDS,
  ...ISSUER_COMMANDS,
  ...DELEGATION_COMMANDS,
  NARROW_COMMAND,
  USED_COMMAND,
  ...KEY_COMMANDS,
  SVID_SERVE_COMMAND,
  ...APPROVAL_COMMANDS,
  ...TASK_COMMANDS,
  TASK_OPEN_COMMAND,
  ACCESS_COMMAND,
  ACCESS_PATH_COMMAND,
  ...CUTOFF_COMMANDS,
  ...LOG_COMMANDS,
  EVIDENCE_COMMAND,
  VERIFY_COMMAND,
  ...POLICY_COMMANDS,
  ...POLICY_PUBLISH_COMMANDS,
  POLICY_COVERAGE_COMMAND,
  ...POLICY_REPLAY_COMMANDS,
  DOCTOR_COMMAND,
]
