import { CHOICES } from '../sdk/choices.ts'
import type { Option } from './command.ts'

/** Of whatever changes what somebody may do. */
export const REASON: Option = {
  name: 'reason',
  value: 'text',
  isRequired: true,
  sentence: 'Why; it is kept in the log.',
}

/** Which classes of action something covers. */
export const CLASSES: Option = {
  name: 'class',
  value: 'class',
  isMany: true,
  isRequired: true,
  oneOf: CHOICES.classes,
  sentence: 'A class of action.',
}

/** What somebody may do, of which class, on which data. */
export const GRANT_OPTIONS: readonly Option[] = [
  {
    name: 'allow',
    value: 'action@resource',
    isMany: true,
    isRequired: true,
    sentence: 'An action on a resource; each may end in *.',
  },
  CLASSES,
  {
    name: 'ceiling',
    value: 'sensitivity',
    isRequired: true,
    oneOf: CHOICES.sensitivities,
    sentence: 'The most sensitive data.',
  },
]

/** When what was granted ends. */
export const DAYS: Option = {
  name: 'days',
  value: 'number',
  fallback: '30',
  sentence: 'When it ends, in days from now (1 to 366).',
}
