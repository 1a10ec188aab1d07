import type { PresetName } from '../../src/contract/register/presets.ts'
import type { Claims } from './minted-keys.ts'

/** What the token of a platform says, beside `iss`, `aud` and the times; header members beside `alg` and `kid`. */
export interface PlatformToken {
  readonly claims: Claims
  readonly header: Claims
  readonly algorithm: 'RS256' | 'ES384' | 'ES256'
}

/** The `typ` that test keys are signed with is left out where the platform has none. */
const withoutTyp = { typ: undefined }

/**
 * A token of each platform as its manual shows it. Names, numbers and ids are made up; which claims there are, of which type
 * and how deep, is not.
 */
export const PLATFORM_TOKENS: Readonly<Record<PresetName, PlatformToken>> = {
  kubernetes: {
    algorithm: 'RS256',
    header: withoutTyp,
    claims: {
      sub: 'system:serviceaccount:agents:reader',
      'kubernetes.io': {
        namespace: 'agents',
        node: { name: 'worker-1', uid: '517eb86e-b863-451b-bf70-86cb61439a3a' },
        pod: { name: 'reader-7d9f', uid: '0d8b260e-ef0e-45fb-be8e-ff44f97722e8' },
        serviceaccount: { name: 'reader', uid: 'e6a8680e-d103-4cce-80ea-03acbbeacf7d' },
      },
    },
  },
  github: {
    algorithm: 'RS256',
    header: { typ: 'JWT', x5t: 'eO_PVcKRpMdRr9QGQfzhuPGqqoQ' },
    claims: {
      sub: 'repo:acme/docs:environment:production',
      environment: 'production',
      ref: 'refs/heads/main',
      sha: 'a5f1e6c2d0b94c7d8e3f0a1b2c3d4e5f60718293',
      repository: 'acme/docs',
      repository_owner: 'acme',
      actor_id: '12',
      repository_visibility: 'private',
      repository_id: '74',
      repository_owner_id: '65',
      run_id: '9001',
      run_number: '10',
      run_attempt: '2',
      runner_environment: 'github-hosted',
      actor: 'ann',
      workflow: 'summarise',
      head_ref: '',
      base_ref: '',
      event_name: 'workflow_dispatch',
      ref_protected: 'true',
      ref_type: 'branch',
      workflow_ref: 'acme/docs/.github/workflows/summarise.yml@refs/heads/main',
      job_workflow_ref: 'acme/flows/.github/workflows/agent.yml@refs/tags/v3',
    },
  },
  gitlab: {
    algorithm: 'RS256',
    header: { typ: 'JWT' },
    claims: {
      sub: 'project_path:acme/docs:ref_type:branch:ref:main',
      namespace_id: '72',
      namespace_path: 'acme',
      project_id: '20',
      project_path: 'acme/docs',
      user_id: '1',
      user_login: 'ann',
      pipeline_id: '574',
      pipeline_source: 'push',
      job_id: '302',
      ref: 'main',
      ref_type: 'branch',
      ref_path: 'refs/heads/main',
      ref_protected: 'true',
      environment: 'production',
      environment_protected: 'false',
      runner_id: 1,
      runner_environment: 'gitlab-hosted',
      sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
    },
  },
  aws: {
    algorithm: 'ES384',
    header: { typ: 'JWT' },
    claims: {
      sub: 'arn:aws:iam::123456789012:role/DocsReader',
      'https://sts.amazonaws.com/': {
        aws_account: '123456789012',
        source_region: 'eu-central-1',
        org_id: 'o-abc1234567',
        principal_tags: { team: 'docs' },
        lambda_source_function_arn: 'arn:aws:lambda:eu-central-1:123456789012:function:reader',
      },
    },
  },
  google: {
    algorithm: 'RS256',
    header: { typ: 'JWT' },
    claims: {
      sub: '112010400000000710080',
      azp: '112010400000000710080',
      email: 'reader@acme-docs.iam.gserviceaccount.com',
      email_verified: true,
      google: { compute_engine: { project_id: 'acme-docs', instance_id: '7', zone: 'europe-west3-a' } },
      jti: undefined,
    },
  },
  azure: {
    algorithm: 'RS256',
    header: { typ: 'JWT', x5t: 'nOo3ZDrODXEK1jKWhXslHR_KXEg' },
    claims: {
      sub: '9e1f5f5e-6b3c-4f0f-8f43-9f5e5d0c2f11',
      oid: '9e1f5f5e-6b3c-4f0f-8f43-9f5e5d0c2f11',
      tid: '72f988bf-86f1-41af-91ab-2d7cd011db47',
      azp: '3f2c1f9e-1111-4222-8333-944455556666',
      azpacr: '2',
      aio: 'E2RgYNiYwJ+W',
      rh: '0.AQEAv4j5cvGGr0GRqy180BHbRw',
      uti: 'mVp3vQbZ0kC1',
      ver: '2.0',
      jti: undefined,
    },
  },
  spire: {
    algorithm: 'RS256',
    header: { typ: 'JWT' },
    claims: { sub: 'spiffe://acme.example/ns/agents/sa/reader', jti: undefined },
  },
  vendor: {
    algorithm: 'ES256',
    header: { typ: 'JWT' },
    claims: {
      sub: 'wimse://acme.agents.example/agent/7f3d9a2e',
      name: 'Support triage',
      namespace: 'acme/support',
      groups: ['support'],
      roles: ['responder'],
      ctx: 'channel:C0123',
    },
  },
}
