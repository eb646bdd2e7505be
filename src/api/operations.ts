import { z } from 'zod';
import { type Actor, OPERATION_STATUSES, type OperationRecord } from '../core/operation.ts';
import type { ApiContext } from './context.ts';
import { entityId, theOperation } from './lookup.ts';
import { currentStep, OperationView, StepView, viewOperation, viewOperations } from './operation-view.ts';
import { type Api, actorOf } from './route.ts';
import { Flag, list, oneOrMore, PageQuery, page, pageOf, Time } from './schemas.ts';

const params = z.object({ operation: z.string().describe('Id.') });
const tags = ['operations'];

const OperationQuery = PageQuery.extend({
  status: oneOrMore(OPERATION_STATUSES),
  entity: z.string().optional().describe('`machine/NAME`, `provider/NAME`, or with an id.'),
  parent: z.string().optional().describe('Only the children of this operation.'),
  children: Flag.describe('Children too, not only what was asked for.'),
});

const CancelBody = z
  .strictObject({ made: z.enum(['keep', 'destroy']).describe('What becomes of what was made.') })
  .meta({ id: 'CancelOperation' });

const ChildView = OperationView.extend({ step: StepView.nullable().describe('The step at work.') }).meta({
  id: 'ChildOperation',
});

const OperationDetail = OperationView.extend({ steps: list(StepView), children: list(ChildView) }).meta({
  id: 'OperationDetail',
});

const LogLine = z
  .object({
    seq: z.number().int(),
    step: z.string(),
    at: Time,
    stream: z.enum(['stdout', 'stderr', 'note']),
    text: z.string(),
  })
  .meta({ id: 'LogLine' });

const LogQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
});

/** Operations: what is at work, what was, and how to end it or go on. */
export function operationRoutes(api: Api, context: ApiContext): void {
  const { store } = context.world.ports;

  api.get(
    '/v1/operations',
    {
      schema: {
        tags,
        summary: 'List operations, newest first',
        querystring: OperationQuery,
        response: { 200: page(OperationView) },
      },
    },
    async ({ query }) => {
      const { limit, after, status, children } = query;
      const entity = query.entity && (await entityId(store, query.entity));
      // Work on one entity is mostly a child's: show it wherever it stands.
      const parent = query.parent ?? (children || entity ? undefined : null);
      const filter = { limit: limit + 1, after, statuses: status, entity, parent, newest: true };
      const { items, next } = pageOf(await store.operations.list(filter), limit, (record) => record);
      return { items: await viewOperations(store, items), next };
    },
  );

  api.get(
    '/v1/operations/:operation',
    {
      schema: { tags, summary: 'Show an operation with its steps', params, response: { 200: OperationDetail } },
    },
    async (request) => {
      const record = await theOperation(store, request.params.operation);
      const children = await store.operations.children(record.id);
      const views = await viewOperations(store, [record, ...children]);
      const [view, ...childViews] = views;
      const steps = await Promise.all(children.map((child) => currentStep(store, child)));
      return {
        ...(view as OperationView),
        steps: await store.operations.steps(record.id),
        children: childViews.map((child, i) => ({ ...child, step: steps[i] ?? null })),
      };
    },
  );

  api.get(
    '/v1/operations/:operation/log',
    {
      schema: {
        tags,
        summary: 'What an operation printed',
        params,
        querystring: LogQuery,
        response: { 200: z.object({ items: list(LogLine), next: z.number().int().optional() }) },
      },
    },
    async ({ params: { operation }, query }) => {
      await theOperation(store, operation);
      const items = await store.operations.log(operation, query.after, query.limit);
      return { items, next: items.length === query.limit ? items.at(-1)?.seq : undefined };
    },
  );

  changeRoutes(api, context);
}

function changeRoutes(api: Api, context: ApiContext): void {
  const { ports, engine } = context.world;
  const { store } = ports;

  api.post(
    '/v1/operations/:operation/cancel',
    {
      schema: {
        tags,
        summary: 'Cancel an operation',
        params,
        body: CancelBody,
        response: { 202: OperationView },
      },
    },
    async (request, reply) => {
      const { id } = await theOperation(store, request.params.operation);
      const record = await engine.cancel(id, request.body.made);
      await tell(actorOf(request), 'operation.cancel', record, { cancel: request.body.made });
      return reply.code(202).send(await viewOperation(store, record));
    },
  );

  api.post(
    '/v1/operations/:operation/retry',
    { schema: { tags, summary: 'Go on from the step that failed', params, response: { 202: OperationView } } },
    async (request, reply) => {
      const { id } = await theOperation(store, request.params.operation);
      const record = await engine.retry(id);
      await tell(actorOf(request), 'operation.retry', record, {});
      return reply.code(202).send(await viewOperation(store, record));
    },
  );

  /** The record keeps who began it; who cancelled or retried is told by an event. */
  function tell(actor: Actor, type: string, { id, entity }: OperationRecord, data: { cancel?: string }) {
    return ports.emit({ actor, type, entity, operation: id, data });
  }
}
