import { numbersOf } from '../numbers.js';
import type { StormSettings } from '../settings.js';
import type { StormResult } from '../storm-result.js';
import { measuresOf } from '../storm-table.js';
import { latenciesChart, outcomesChart, timelineChart } from './charts.js';
import { type Timeline, timelineOf } from './timeline.js';

export interface ReportOptions {
  readonly target: string;
  readonly settings: StormSettings;
  readonly storms: readonly StormResult[];
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { padding: 0.15rem 0.8rem 0.15rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #e5e5e5; }
td { font-variant-numeric: tabular-nums; }
.scroll td:nth-child(2) { white-space: nowrap; }
.bad, .conflict { color: #b00020; }
.scroll { max-height: 30rem; overflow: auto; }`;

/** One page that needs nothing else: numbers, charts, and what happened to a run that had a conflict. */
export function reportHtml({ target, settings, storms }: ReportOptions): string {
  const timeline = timelineOf(storms);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${text(`${settings.shape} on ${target}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${text(settings.shape)}</h1>
<p>${text(target)}, ${text(new Date().toISOString())}, Node.js ${text(process.versions.node)}</p>
${numbersTable(storms)}
<h2>What became of the runs</h2>
${outcomesChart(storms)}
<h2>How long they took</h2>
${latenciesChart(storms)}
<h2>A run with conflicts</h2>
${timeline === undefined ? '<p>No run that was watched had one.</p>' : timelineSection(timeline)}
<h2>Settings</h2>
${tableOf(Object.entries(settings).map(([name, value]) => [text(name), text(`${value}`)]))}
</body>
</html>
`;
}

function numbersTable(storms: readonly StormResult[]): string {
  const rows = measuresOf(storms.map(numbersOf)).map(({ title, cells, bad }) => [
    bad ? `<span class="bad">${text(title)}</span>` : text(title),
    ...cells.map(text),
  ]);
  return tableOf(rows, ['', ...storms.map(({ fence }) => text(fence))]);
}

function timelineSection({ run, storm, moments }: Timeline): string {
  const rows = moments.map(({ ms, lane, kind, text: told }) => [
    `${ms}`,
    text(lane),
    kind === 'conflict' ? '<span class="conflict">conflict</span>' : text(kind),
    text(told),
  ]);
  return `<p>${text(run.runId)}, fence ${text(storm.fence)}: ${run.log.length} events, ${text(run.status)}.
Times are of two clocks: the log's is the store's, the workers' is this host's.</p>
${timelineChart(moments)}
<div class="scroll">${tableOf(rows, ['ms', '', '', ''])}</div>`;
}

/** A table of cells that are HTML already. */
function tableOf(rows: readonly (readonly string[])[], head: readonly string[] = []): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const first = head.length > 0 ? `${line(head, 'th')}\n` : '';
  return `<table>\n${first}${rows.map((cells) => line(cells, 'td')).join('\n')}\n</table>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text as HTML. */
const text = (value: string): string => value.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);
