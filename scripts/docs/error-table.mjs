// The table of errors: facts from the contract, meaning and details beside them.
import { tellErrors } from './error-meanings.mjs';

export function errorTable() {
  const rows = tellErrors().map(({ code, name, status, retryable, when, details = '–' }) => {
    const cells = [`\`${code}\``, `\`${name}\``, status, retryable ? 'yes' : 'no', when, details];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| code | name | status | retryable | when | details |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
