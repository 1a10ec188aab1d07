import { describe, expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

describe('the metrics', () => {
  it('say of each what it is and what it counts, above its values, in the text format of Prometheus', () => {
    const metrics = createMetrics()
    metrics.gauge('remit_log_entries', () => 7)
    metrics.count('remit_requests_total', { route: 'readMe', outcome: 'answered' })
    metrics.count('remit_requests_total', { route: 'listPeople', outcome: 'answered' }, 2)
    const countOne = metrics.counter('remit_requests_total', { route: 'readMe', outcome: 'answered' })
    for (let times = 0; times < 3; times += 1) countOne()
    expect(metrics.write().split('\n')).toEqual([
      expect.stringMatching(/^# HELP remit_log_entries \w.*\.$/),
      '# TYPE remit_log_entries gauge',
      'remit_log_entries 7',
      expect.stringMatching(/^# HELP remit_requests_total \w.*\.$/),
      '# TYPE remit_requests_total counter',
      'remit_requests_total{route="listPeople",outcome="answered"} 2',
      'remit_requests_total{route="readMe",outcome="answered"} 4',
      '',
    ])
  })
})
