import type { DomainTexts } from '../../src/decide/domain/domain.ts'

/**
 * What the certification scenario of AuthZEN 1.0 asks a decision point to be loaded with, in words of our own: two
 * users, two records, three actions, and rules 1 to 8 of its fixture.
 */
export const CERTIFICATION: DomainTexts = {
  schema: null,
  files: [
    {
      name: 'records.cedar',
      text: `
@id("records:read")
@sentence("Whoever belongs to the staff reads every record.")
permit (principal in team::"staff", action == Action::"read", resource is record);

@id("records:write")
@sentence("A writer writes records that are not archived.")
permit (principal in team::"writers", action == Action::"write", resource is record)
unless { resource has status && resource.status == "archived" };

@id("records:write-archived")
@sentence("An administrator writes archived records.")
permit (principal is user, action == Action::"write", resource is record)
when { principal has role && principal.role == "admin" && resource has status && resource.status == "archived" };

@id("records:delete-softly")
@sentence("A writer deletes a record where it can be brought back.")
permit (principal in team::"writers", action == Action::"delete", resource is record)
when { context has action && context.action has soft && context.action.soft == true };
`,
    },
  ],
  entities: JSON.stringify([
    { uid: { type: 'team', id: 'staff' }, attrs: {}, parents: [] },
    { uid: { type: 'team', id: 'writers' }, attrs: {}, parents: [{ type: 'team', id: 'staff' }] },
    { uid: { type: 'user', id: 'alice' }, attrs: {}, parents: [{ type: 'team', id: 'writers' }] },
    { uid: { type: 'user', id: 'bob' }, attrs: { role: 'admin' }, parents: [{ type: 'team', id: 'staff' }] },
    { uid: { type: 'record', id: 'record-1' }, attrs: { status: 'active' }, parents: [] },
    { uid: { type: 'record', id: 'record-2' }, attrs: { status: 'archived' }, parents: [] },
  ]),
}
