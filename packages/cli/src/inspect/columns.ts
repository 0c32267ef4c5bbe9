import {
  type Event,
  type Hook,
  type MessageContent,
  type MessageRecord,
  type RunStatus,
  type Step,
  TERMINAL_RUN_STATUSES,
  type Wait,
  type WorkflowRun,
  type WorkflowRunWithoutData,
} from '@world/contract';
import { oneLine } from '../cli-error.js';
import type { Paint } from '../terminal/output.js';
import { preview } from './preview.js';

/** One column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly cell: (item: T, paint: Paint) => string;
}

/** All statuses that a run can have. */
export const RUN_STATUSES: Readonly<Record<RunStatus, true>> = {
  pending: true,
  running: true,
  completed: true,
  failed: true,
  cancelled: true,
};

/** Whether nothing about the run itself will change any more. */
export const isTerminal = (status: RunStatus): boolean =>
  TERMINAL_RUN_STATUSES.some((one) => one === status);

const STATUS_STYLES: Readonly<Record<string, Parameters<Paint>[0]>> = {
  running: 'cyan',
  waiting: 'cyan',
  claimed: 'green',
  dead: 'red',
  completed: 'green',
  failed: 'red',
  cancelled: 'yellow',
};

/** A status in its colour. */
export const paintStatus = (status: string, paint: Paint): string =>
  paint(STATUS_STYLES[status] ?? 'dim', oneLine(status));

export const timeText = (time: Date | undefined): string => time?.toISOString() ?? '';

type ListedRun = WorkflowRun | WorkflowRunWithoutData;

export const RUN_COLUMNS: readonly Column<ListedRun>[] = [
  { title: 'RUN', cell: ({ runId }) => runId },
  { title: 'STATUS', cell: ({ status }, paint) => paintStatus(status, paint) },
  { title: 'WORKFLOW', cell: ({ workflowName }) => oneLine(workflowName) },
  { title: 'CREATED', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'ENDED', cell: ({ completedAt }) => timeText(completedAt) },
];

export const EVENT_COLUMNS: readonly Column<Event>[] = [
  { title: 'SEQ', cell: ({ seq }) => String(seq) },
  { title: 'TYPE', cell: ({ eventType }) => eventType },
  { title: 'CREATED', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'EVENT', cell: ({ eventId }) => eventId },
  { title: 'OF', cell: ({ correlationId }) => oneLine(correlationId ?? '') },
  { title: 'DATA', cell: (event, paint) => paint('dim', preview(dataOf(event))) },
];

/** Event types without data have no such field. */
export const dataOf = (event: Event): unknown =>
  'eventData' in event ? event.eventData : undefined;

export const STEP_COLUMNS: readonly Column<Step>[] = [
  { title: 'STEP', cell: ({ stepId }) => oneLine(stepId) },
  { title: 'STATUS', cell: ({ status }, paint) => paintStatus(status, paint) },
  { title: 'ATTEMPT', cell: ({ attempt }) => String(attempt) },
  { title: 'NAME', cell: ({ stepName }) => oneLine(stepName) },
  { title: 'CREATED', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'ENDED', cell: ({ completedAt }) => timeText(completedAt) },
  {
    title: 'RESULT',
    // A step that was completed in the end keeps the error of the attempt before.
    cell: ({ output, error, status }, paint) =>
      error === undefined || status === 'completed'
        ? paint('dim', preview(output))
        : paint('red', preview(error.message)),
  },
];

export const HOOK_COLUMNS: readonly Column<Hook>[] = [
  { title: 'HOOK', cell: ({ hookId }) => oneLine(hookId) },
  { title: 'RUN', cell: ({ runId }) => runId },
  { title: 'TOKEN', cell: ({ token }) => oneLine(token) },
  { title: 'CREATED', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'METADATA', cell: ({ metadata }, paint) => paint('dim', preview(metadata)) },
];

export const WAIT_COLUMNS: readonly Column<Wait>[] = [
  { title: 'WAIT', cell: ({ waitId }) => oneLine(waitId) },
  { title: 'STATUS', cell: ({ status }, paint) => paintStatus(status, paint) },
  { title: 'RESUMES', cell: ({ resumeAt }) => timeText(resumeAt) },
  { title: 'CREATED', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'COMPLETED', cell: ({ completedAt }) => timeText(completedAt) },
];

/** A message of the queue, with its content in place of the bytes. */
export type ShownMessage = Omit<MessageRecord, 'data' | 'dueAt'> &
  MessageContent & {
    /** When it is due; of a claimed one, when its claim runs out. */
    readonly dueAt: Date;
  };

export const MESSAGE_COLUMNS: readonly Column<ShownMessage>[] = [
  { title: 'MESSAGE', cell: ({ messageId }) => oneLine(messageId) },
  { title: 'STATE', cell: ({ state }, paint) => paintStatus(state, paint) },
  { title: 'FAILED', cell: ({ failures }) => String(failures) },
  { title: 'DUE', cell: ({ dueAt }) => timeText(dueAt) },
  { title: 'RUN', cell: ({ runId }) => oneLine(runId ?? '') },
  { title: 'QUEUE', cell: ({ queueName }) => oneLine(queueName) },
  { title: 'REASON', cell: ({ reason }, paint) => paint('red', oneLine(reason ?? '')) },
];
